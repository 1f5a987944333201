import { GatewayError } from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"
import { unknownSession } from "./session.ts"

/** Whoever goes on writing into a session while it is being deleted keeps it. */
const MAX_TRIES = 10

/** `sessions.delete` (M9): stops what works in the session, then forgets it and what was said. */
export function sessionsDelete(parts: MethodParts): Handler<"sessions.delete"> {
  const { runs, sessionList, stopWaiting, store } = parts

  return async ({ sessionKey }) => {
    if ((await store.sessions.get(sessionKey)) === undefined) {
      throw unknownSession("sessionKey", sessionKey)
    }
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      await stopWaiting(sessionKey)
      await runs.abort(sessionKey)
      const unfinished = await store.sessions.delete(sessionKey)
      if (unfinished.length === 0) {
        sessionList.deleted(sessionKey)
        return { deleted: sessionKey }
      }
      // Each was told to stop, and is given only so long for it.
      await Promise.all(unfinished.map((runId) => runs.outcome(runId)))
    }
    throw new GatewayError("UNAVAILABLE", "The session is in use. Try again later.", {
      reason: "over_capacity",
      retryable: false,
    })
  }
}
