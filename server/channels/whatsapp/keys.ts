// The keys of the encryption, in the vault: one write for each change, durable before anything depends
// on it. A write that fails ends the connection first, so that nothing is confirmed whose keys are not
// on disk. A row that is damaged counts as missing: unlike credentials, each is made anew by the
// protocol, which asks the other side to begin again.

import type { GatewayError } from "#protocol"
import type { Logger } from "../../host/logger.ts"
import type { ChannelVault } from "../channel.ts"
import { AREAS } from "./areas.ts"
import { decodeByteJson, encodeByteJson } from "./byte-json.ts"

/** Kinds of keys that are none of the encryption's: ours, written in one with the change of its keys. */
const OWN_AREAS: Readonly<Record<string, string>> = {
  [AREAS.deciphered]: AREAS.deciphered,
  [AREAS.unread]: AREAS.unread,
}

/** What the library wants of a store, for whatever kinds it has. */
export interface KeyStore {
  get(kind: string, ids: readonly string[]): Promise<Record<string, unknown>>
  set(changes: KeyChanges): Promise<void>
}

export type KeyChanges = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>

export interface KeyParts {
  readonly vault: ChannelVault
  readonly log: Logger
  /** Called before a failed write rejects. */
  readonly failed: (error: unknown) => void
}

export function createKeyStore({ vault, log, failed }: KeyParts): KeyStore {
  async function read(area: string, keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    try {
      return new Map(await vault.get(area, keys))
    } catch (error) {
      if (!isDamage(error)) {
        failed(error)
        throw error
      }
      return readOneByOne(area, keys)
    }
  }

  async function readOneByOne(area: string, keys: readonly string[]) {
    const found = new Map<string, Uint8Array>()
    for (const key of keys) {
      try {
        const value = (await vault.get(area, [key])).get(key)
        if (value !== undefined) found.set(key, value)
      } catch (error) {
        if (!isDamage(error)) throw error
        log.error("a damaged key of WhatsApp's encryption is made anew", { area })
      }
    }
    return found
  }

  return {
    async get(kind, ids) {
      const own = OWN_AREAS[kind]
      const toKey = (id: string) => (own === undefined ? `${kind}:${id}` : id)
      const rows = await read(own ?? AREAS.keys, ids.map(toKey))
      const found: Record<string, unknown> = {}
      for (const id of ids) {
        const bytes = rows.get(toKey(id))
        if (bytes !== undefined) found[id] = decodeByteJson(bytes)
      }
      return found
    },
    async set(changes) {
      const writes = Object.entries(changes).flatMap(([kind, values]) => {
        const own = OWN_AREAS[kind]
        return Object.entries(values ?? {}).map(([id, value]) => ({
          area: own ?? AREAS.keys,
          key: own === undefined ? `${kind}:${id}` : id,
          value: value === null || value === undefined ? undefined : encodeByteJson(value),
        }))
      })
      try {
        await vault.write(writes)
      } catch (error) {
        failed(error)
        throw error
      }
    },
  }
}

function isDamage(error: unknown): boolean {
  return (error as Partial<GatewayError> | undefined)?.reason === "state_damaged"
}
