import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"
import { unknownSession } from "./session.ts"

/** `sessions.reset` (M9): a new conversation; what runs ends in the old one. */
export function sessionsReset({
  clock,
  sessionList,
  store,
}: MethodParts): Handler<"sessions.reset"> {
  return async ({ sessionKey }) => {
    const session = await store.sessions.reset(sessionKey, clock.now())
    if (session === undefined) throw unknownSession("sessionKey", sessionKey)
    sessionList.changed(sessionKey)
    return { sessionKey, sessionId: session.sessionId }
  }
}
