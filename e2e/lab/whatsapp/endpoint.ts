// One Signal device that lives in memory: a contact's phone, or the owner's.

import {
  addTransactionCapability,
  type BinaryNode,
  DEFAULT_CONNECTION_CONFIG,
  extractE2ESessionFromRetryReceipt,
  getNextPreKeys,
  initAuthCreds,
} from "@whiskeysockets/baileys"
import { type Bundle, toSession } from "./bundle.ts"
import { createKeyMemory } from "./key-memory.ts"
import { silentLogger } from "./silent-logger.ts"

export type Sealed = { readonly type: "pkmsg" | "msg"; readonly ciphertext: Uint8Array }

export type Endpoint = ReturnType<typeof createEndpoint>

/** Addresses are always LIDs with the device, so that one client has one session however it is addressed. */
export function createEndpoint() {
  const creds = initAuthCreds()
  const keys = addTransactionCapability(createKeyMemory(), silentLogger, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 0,
  })
  const signal = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
    { creds, keys },
    silentLogger,
    async () => [],
  )

  return {
    identity: creds.signedIdentityKey,
    registrationId: creds.registrationId,

    /** What a sender needs to open a session; each call spends a one-time key. */
    async bundle(): Promise<Bundle> {
      const { update, preKeys } = await getNextPreKeys({ creds, keys }, 1)
      Object.assign(creds, update)
      const [[id, pair] = []] = Object.entries(preKeys)
      const { signedPreKey, signedIdentityKey, registrationId } = creds
      return {
        registrationId,
        identity: signedIdentityKey.public,
        signedPreKey: {
          id: signedPreKey.keyId,
          publicKey: signedPreKey.keyPair.public,
          signature: signedPreKey.signature,
        },
        ...(pair !== undefined && { preKey: { id: Number(id), publicKey: pair.public } }),
      }
    },

    /** Opens a session with a bundle from `fetchBundle` when there is none. */
    async seal(address: string, data: Uint8Array, fetchBundle: () => Bundle): Promise<Sealed> {
      const { exists } = await signal.validateSession(address)
      if (!exists)
        await signal.injectE2ESession({ jid: address, session: toSession(fetchBundle()) })
      return signal.encryptMessage({ jid: address, data })
    },

    open(address: string, { type, ciphertext }: Sealed): Promise<Uint8Array> {
      return signal.decryptMessage({ jid: address, type, ciphertext })
    },

    forget(address: string): Promise<void> {
      return signal.deleteSession([address])
    },

    /** A retry receipt may bring the keys for a new session; whether it did. */
    async adoptKeysOf(address: string, receipt: BinaryNode): Promise<boolean> {
      const keys = extractE2ESessionFromRetryReceipt(receipt)
      if (keys === null) return false
      const { preKey, ...session } = keys
      const whole = preKey === undefined ? session : { ...session, preKey }
      await signal.injectE2ESession({ jid: address, session: whole })
      return true
    },

    sealForGroup(group: string, ownLid: string, data: Uint8Array) {
      return signal.encryptGroupMessage({ group, meId: ownLid, data })
    },

    async adoptSenderKey(groupId: string, author: string, key: Uint8Array): Promise<void> {
      const item = { groupId, axolotlSenderKeyDistributionMessage: key }
      await signal.processSenderKeyDistributionMessage({ item, authorJid: author })
    },

    openFromGroup(group: string, author: string, ciphertext: Uint8Array): Promise<Uint8Array> {
      return signal.decryptGroupMessage({ group, authorJid: author, msg: ciphertext })
    },

    close(): void {
      signal.close?.()
    },
  }
}
