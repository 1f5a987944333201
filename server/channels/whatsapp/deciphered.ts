// Remembers what was decrypted, so that nothing is lost between the service and the gateway's journal.
//
// The library confirms a message to the service as soon as it is decrypted, long before anybody was told
// of it, and a ciphertext can be decrypted once only: the key is used up. So this is the sequence, of
// which each step is on disk before the next one begins.
//
//   1  a stanza comes                                    `watch`: whose ciphertexts these are
//   2  it is decrypted ─┬─ the keys move on              one write,
//                       ├─ deciphered[hash] = plaintext  all or nothing
//                       └─ unread[key] = the stanza
//   3  the service is told: it will not send it again
//   4  the message reaches us, is read and journaled
//   5  unread[key] is removed                            `settle`
//
//   killed before 2   the service sends it again, and it is decrypted
//   killed in 2-3     the service sends it again: `deciphered` gives its text, for the key is used up;
//                     and `leftovers` has it already, so that the journal sees it twice and takes it once
//   killed in 3-4     the service never sends it again: `leftovers` gives it at the next start
//   killed in 4-5     `leftovers` gives it once more, and the journal knows it
//
// The same holds when no process dies, but a connection ends while the library holds messages back.

import { createHash } from "node:crypto"
import * as v from "valibot"
import { GatewayError } from "#protocol"
import type { Clock } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { ChannelVault } from "../channel.ts"
import { AREAS } from "./areas.ts"
import { decodeByteJson } from "./byte-json.ts"
import { commitEachStep } from "./commit-each-step.ts"
import type { Device } from "./credentials.ts"
import type {
  Library,
  SignalRepository,
  Stanza,
  TransactionalKeys,
  WAMessage,
  WAMessageKey,
} from "./library.ts"
import { readAccount } from "./reading.ts"

const MAX_ROWS = 20_000
/** A longer one is a first history, which the phone sends again. */
const MAX_BYTES = 1024 * 1024
const TRIM_EVERY = 1_000
const STATUS = "status@broadcast"

const Unread = v.object({
  /** The number of the account that it came to. */
  account: v.string(),
  attrs: v.record(v.string(), v.string()),
  /** The hashes of its parts, in order. */
  parts: v.array(v.object({ attrs: v.record(v.string(), v.string()), hash: v.string() })),
})
type Unread = v.InferOutput<typeof Unread>

const Deciphered = v.object({ plaintext: v.instance(Uint8Array) })

export interface Deciphered {
  /** The stanza whose parts are about to be decrypted. */
  watch(stanza: Stanza): void
  /** The engine, with a memory. */
  guard(repository: SignalRepository, keys: TransactionalKeys): SignalRepository
  /** The message is in the journal, or none for it. */
  settle(key: WAMessageKey): Promise<void>
  /** Messages that were decrypted and never settled, oldest first. Those of another account are dropped. */
  leftovers(): AsyncIterable<WAMessage>
  trim(): Promise<void>
}

export interface DecipheredParts {
  readonly library: Library
  readonly device: Device
  readonly vault: ChannelVault
  readonly clock: Clock
  readonly log: Logger
  readonly keepMs: number
  /** A message from there could not be decrypted. */
  readonly failed?: (from: string) => void
}

interface Part {
  readonly stanza: Stanza
  readonly attrs: Stanza["attrs"]
}

export function createDeciphered(parts: DecipheredParts): Deciphered {
  const { library, device, vault, clock, log, keepMs } = parts
  /** The very bytes that the engine is given lead to their stanza: a "last stanza" would be a wrong one. */
  const stanzas = new WeakMap<object, Part>()
  const records = new WeakMap<Stanza, Unread>()
  const account = readAccount(device.id, device.lid)?.number ?? device.id
  let untrimmed = 0

  async function remembered(
    keys: TransactionalKeys,
    ciphertext: Uint8Array,
    call: { readonly lane: string; readonly decrypt: () => Promise<Uint8Array> },
  ): Promise<Uint8Array> {
    const part = stanzas.get(ciphertext)
    if (part === undefined || part.stanza.attrs["from"] === STATUS) return call.decrypt()
    const hash = toHash(part.stanza, ciphertext)
    const known = v.safeParse(Deciphered, (await keys.get(AREAS.deciphered, [hash]))[hash])
    if (known.success) return known.output.plaintext
    // The engine's own transaction joins this one, so that its keys and our rows are one write.
    const plaintext = await keys.transaction(async () => {
      const decrypted = await call.decrypt().catch((error: unknown) => {
        parts.failed?.(part.stanza.attrs["from"] ?? "")
        throw error
      })
      await keys.set(toRows(part, hash, decrypted))
      return decrypted
    }, call.lane)
    untrimmed += 1
    if (untrimmed >= TRIM_EVERY) void trim()
    return plaintext
  }

  function toRows(part: Part, hash: string, plaintext: Uint8Array) {
    if (plaintext.byteLength > MAX_BYTES) return {}
    const rows = { [AREAS.deciphered]: { [hash]: { plaintext } } }
    const key = keyOf(part.stanza)
    if (key === undefined || part.stanza.attrs["category"] === "peer") return rows
    const before = records.get(part.stanza)?.parts ?? []
    const record: Unread = {
      account,
      attrs: part.stanza.attrs,
      parts: [...before, { attrs: part.attrs, hash }],
    }
    records.set(part.stanza, record)
    return { ...rows, [AREAS.unread]: { [key]: record } }
  }

  function keyOf(stanza: Stanza): string | undefined {
    try {
      return toKey(library.readKey(stanza, device))
    } catch (error) {
      log.debug("a stanza is no message", { error: String(error) })
      return undefined
    }
  }

  const forget = (key: string) => vault.write([{ area: AREAS.unread, key, value: undefined }])

  async function rebuild(row: Unread): Promise<WAMessage | undefined> {
    const hashes = row.parts.map(({ hash }) => hash)
    const texts = await vault.get(AREAS.deciphered, hashes)
    const content = row.parts.flatMap(({ attrs, hash }) => {
      const bytes = texts.get(hash)
      const known = v.safeParse(Deciphered, bytes && decodeByteJson(bytes))
      return known.success ? [{ tag: "enc", attrs, content: known.output.plaintext }] : []
    })
    if (content.length === 0) return undefined
    const stanza: Stanza = { tag: "message", attrs: row.attrs, content }
    return library.rebuild(stanza, device)
  }

  async function readLeftover(key: string): Promise<WAMessage | undefined> {
    const bytes = (await vault.get(AREAS.unread, [key])).get(key)
    const row = v.safeParse(Unread, bytes && decodeByteJson(bytes))
    return row.success && row.output.account === account ? rebuild(row.output) : undefined
  }

  async function trim(): Promise<void> {
    untrimmed = 0
    const bounds = { before: clock.now() - keepMs, keep: MAX_ROWS }
    try {
      await vault.trim(AREAS.deciphered, bounds)
      await vault.trim(AREAS.unread, bounds)
    } catch (error) {
      log.warn("could not forget old messages", { error: String(error) })
    }
  }

  return {
    watch(stanza) {
      if (!Array.isArray(stanza.content)) return
      for (const { attrs, content } of stanza.content) {
        if (content instanceof Uint8Array) stanzas.set(content, { stanza, attrs })
      }
    },
    guard: (repository, keys) => ({
      ...commitEachStep(repository),
      decryptMessage: (options) =>
        remembered(keys, options.ciphertext, {
          lane: options.jid,
          decrypt: () => repository.decryptMessage(options),
        }),
      decryptGroupMessage: (options) =>
        remembered(keys, options.msg, {
          lane: options.group,
          decrypt: () => repository.decryptGroupMessage(options),
        }),
    }),
    settle: (key) => forget(toKey(key)),
    async *leftovers() {
      const keys = await vault.keys(AREAS.unread, MAX_ROWS)
      for (const key of keys.toReversed()) {
        const message = await readLeftover(key).catch((error: unknown) => {
          if (isStorageFailure(error)) throw error
          log.error("a message that was kept cannot be read", { error: String(error) })
          return undefined
        })
        if (message === undefined) await forget(key)
        else yield message
      }
    },
    trim,
  }
}

/** Who wrote it is part of it: what one person sent must never come back as the word of another. */
function toHash({ attrs }: Stanza, ciphertext: Uint8Array): string {
  const { from, participant } = attrs
  return createHash("sha256")
    .update(JSON.stringify([from, participant]))
    .update(ciphertext)
    .digest("hex")
}

function toKey({ remoteJid, fromMe, id, participant }: WAMessageKey): string {
  return JSON.stringify([remoteJid, fromMe === true, id, participant || null])
}

function isStorageFailure(error: unknown): boolean {
  return error instanceof GatewayError && error.reason === "storage"
}
