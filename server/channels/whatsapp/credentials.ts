// Who we are on WhatsApp, in the vault. Saved one after the other, never in part, with the three before
// beside it. What cannot be read is never replaced by a new identity: a person must decide.

import { createHash } from "node:crypto"
import * as v from "valibot"
import { GatewayError } from "#protocol"
import type { Clock } from "../../host/clock.ts"
import type { ChannelVault, VaultChange } from "../channel.ts"
import { AREAS } from "./areas.ts"
import { decodeByteJson, encodeByteJson } from "./byte-json.ts"
import type { Credentials } from "./library.ts"

const CURRENT = "current"
const KEPT = 3

/** What the gateway is on WhatsApp: a device of an account. */
export interface Device {
  /** The number of the account and of the device: `15550100:1@s.whatsapp.net`. */
  readonly id: string
  readonly lid?: string | undefined
}

export type StoredDevice =
  | { readonly at: "none" }
  | { readonly at: "linked"; readonly device: Device; readonly savedAt: number }
  | { readonly at: "unreadable"; readonly error: GatewayError }

const Text = v.pipe(v.string(), v.minLength(1))
const Bytes = v.instance(Uint8Array)
const KeyPair = v.looseObject({ public: Bytes, private: Bytes })

/** What no credentials may lack. `account` is the service's word that the device belongs to the account. */
const Complete = v.looseObject({
  noiseKey: KeyPair,
  signedIdentityKey: KeyPair,
  signedPreKey: v.looseObject({ keyPair: KeyPair, signature: Bytes, keyId: v.number() }),
  registrationId: v.number(),
  advSecretKey: Text,
  me: v.looseObject({ id: Text, lid: v.nullish(Text) }),
  account: v.looseObject({}),
})
const Row = v.object({ savedAt: v.number(), credentials: Complete })

export interface CredentialStore {
  read(): Promise<StoredDevice>
  /** Rejects with a GatewayError if they are damaged; undefined if there are none. */
  load(): Promise<Credentials | undefined>
  /** Writes them down in their turn. A failure is told to `failed`, and by the next `saved`. */
  save(credentials: Credentials): void
  /** Resolves when all that was given to `save` is on disk, rejects if it is not. */
  saved(): Promise<void>
  /** Moves them aside, under the day: no connection may use them again. */
  retire(): Promise<void>
}

export interface CredentialParts {
  readonly vault: ChannelVault
  readonly clock: Clock
  readonly failed: (error: unknown) => void
}

export function isComplete(credentials: unknown): boolean {
  return v.is(Complete, credentials)
}

export function createCredentialStore({ vault, clock, failed }: CredentialParts): CredentialStore {
  let writing: Promise<void> = Promise.resolve()
  /** How many saves have begun; each backup takes the place of the oldest. */
  let saves = 0
  let lastHash: string | undefined

  async function read(): Promise<v.InferOutput<typeof Row> | undefined> {
    const bytes = (await vault.get(AREAS.credentials, [CURRENT])).get(CURRENT)
    if (bytes === undefined) return undefined
    const row = v.safeParse(Row, decodeByteJson(bytes))
    if (row.success) return row.output
    throw new GatewayError("UNAVAILABLE", "They lack a part.", { reason: "state_damaged" })
  }

  async function write(credentials: Credentials): Promise<void> {
    if (!isComplete(credentials)) return
    const hash = createHash("sha256").update(encodeByteJson(credentials)).digest("hex")
    if (hash === lastHash) return
    const before = (await vault.get(AREAS.credentials, [CURRENT])).get(CURRENT)
    const changes: VaultChange[] = [
      {
        area: AREAS.credentials,
        key: CURRENT,
        value: encodeByteJson({ savedAt: clock.now(), credentials }),
      },
    ]
    if (before !== undefined) {
      changes.push({ area: AREAS.credentials, key: `before-${saves % KEPT}`, value: before })
      saves += 1
    }
    await vault.write(changes)
    lastHash = hash
  }

  return {
    async read() {
      try {
        const row = await read()
        if (row === undefined) return { at: "none" }
        const { id, lid } = row.credentials.me
        return { at: "linked", device: { id, lid: lid ?? undefined }, savedAt: row.savedAt }
      } catch (error) {
        return { at: "unreadable", error: toUnreadable(error) }
      }
    },
    async load() {
      const row = await read().catch((error: unknown) => {
        throw toUnreadable(error)
      })
      // Baileys has no other type for what it wrote itself; `Complete` has checked what it needs.
      return row?.credentials as unknown as Credentials | undefined
    },
    save(credentials) {
      writing = writing.catch(() => undefined).then(() => write(credentials))
      writing.catch(failed)
    },
    saved: () => writing,
    async retire() {
      await writing.catch(() => undefined)
      lastHash = undefined
      const day = new Date(clock.now()).toISOString().slice(0, 10)
      await vault.rename(AREAS.credentials, `${AREAS.credentials}-${day}`)
      await vault.rename(AREAS.keys, `${AREAS.keys}-${day}`)
    },
  }
}

function toUnreadable(cause: unknown): GatewayError {
  if (cause instanceof GatewayError && cause.reason === "storage") return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `credentials unreadable: ${why} Restore the backup or run clawdis login.`
  return new GatewayError("UNAVAILABLE", message, {
    cause,
    reason: "state_damaged",
    retryable: false,
  })
}
