// What a conversation is called.

import { MAIN_SESSION, type SessionRow } from "#protocol"
import { text } from "../../text/index.ts"

/** `row` is missing while the list is not loaded, and for a conversation that nobody has begun. */
export function titleOf(sessionKey: string, row: SessionRow | undefined): string {
  if (row?.title !== undefined && row.title !== "") return row.title
  if (sessionKey === MAIN_SESSION) return text.sessions.main
  if (sessionKey.startsWith("web:")) return text.sessions.untitled
  return sessionKey.slice(sessionKey.indexOf(":") + 1)
}
