import { LIMITS } from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `sessions.list` (M9): a page of the list, newest first. */
export function sessionsList({ sessionList }: MethodParts): Handler<"sessions.list"> {
  return ({ cursor, limit = LIMITS.defaultListedSessions }) => sessionList.page({ cursor, limit })
}
