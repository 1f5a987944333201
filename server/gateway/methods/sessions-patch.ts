import { invalidRequest, quote } from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"
import { unknownSession } from "./session.ts"

/** `sessions.patch` (M9): title, thinking, and how far it was read. */
export function sessionsPatch({ sessionList, store }: MethodParts): Handler<"sessions.patch"> {
  return async ({ readUpTo, sessionKey, thinking, title }) => {
    const { sessions } = store
    if ((await sessions.get(sessionKey)) === undefined) {
      throw unknownSession("sessionKey", sessionKey)
    }
    // First, because it is what may be refused: a request that is refused changes nothing.
    if (readUpTo !== undefined && !(await sessions.markRead(sessionKey, readUpTo))) {
      throw invalidRequest(`readUpTo: the session has no message ${quote(readUpTo)}`)
    }
    await sessions.patch(sessionKey, {
      ...(title !== undefined && { title: title.trim() }),
      ...(thinking !== undefined && { thinking }),
    })
    const row = await sessionList.row(sessionKey)
    if (row === undefined) throw unknownSession("sessionKey", sessionKey)
    sessionList.changed(sessionKey)
    return row
  }
}
