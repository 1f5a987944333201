// Which sessions a request may name.

import { type GatewayError, invalidRequest, isClientSession, quote } from "#protocol"
import type { SessionRecord, SessionStore } from "../../store/store.ts"

/**
 * The session of a key; undefined for one that a client may use but nobody has yet.
 *
 * @throws `INVALID_REQUEST` for any other unknown key.
 */
export async function requireSession(
  sessions: SessionStore,
  sessionKey: string,
): Promise<SessionRecord | undefined> {
  const session = await sessions.get(sessionKey)
  if (session === undefined && !isClientSession(sessionKey))
    throw unknownSession("sessionKey", sessionKey)
  return session
}

export function unknownSession(param: string, value: string): GatewayError {
  return invalidRequest(`${param}: there is no session ${quote(value)}`)
}
