import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"
import { requireSession } from "./session.ts"

/** `chat.abort` (M8): stops one run of a session, or all of them. */
export function chatAbort({ runs, store }: MethodParts): Handler<"chat.abort"> {
  return async ({ runId, sessionKey }) => {
    await requireSession(store.sessions, sessionKey)
    const stopped = await runs.abort(sessionKey, runId)
    return { aborted: stopped.length > 0 }
  }
}
