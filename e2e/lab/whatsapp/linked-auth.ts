// What a client has that was linked and never logged in, without the pairing. It brings few keys, which is quicker than the
// 812 that a client makes at its first login.

import { type AuthenticationState, getNextPreKeys, initAuthCreds } from "@whiskeysockets/baileys"
import { createKeyMemory } from "./key-memory.ts"
import type { WhatsappLab } from "./lab.ts"

const FEW_KEYS = 20

/** Credentials and keys in memory, which outlive the sockets of a test. */
export function createAuth(): AuthenticationState {
  return { creds: initAuthCreds(), keys: createKeyMemory() }
}

/** The private halves of its one-time keys stand by their ids. */
export async function createLinkedAuth(owner: Pick<WhatsappLab["owner"], "linkAhead">) {
  const auth = createAuth()
  const { update, preKeys } = await getNextPreKeys(auth, FEW_KEYS)
  Object.assign(auth.creds, update)
  const oneTimeKeys = Object.entries(preKeys).map(([id, key]) => ({
    id: Number(id),
    publicKey: key.public,
  }))
  Object.assign(auth.creds, owner.linkAhead(auth.creds, oneTimeKeys))
  return { auth, preKeys }
}
