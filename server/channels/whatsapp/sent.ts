// What we sent, on disk: a receiver that could not read a message asks for it again, also after a
// restart; and what comes back under an id of ours is no news.

import * as v from "valibot"
import type { Clock } from "../../host/clock.ts"
import type { ChannelVault } from "../channel.ts"
import { AREAS } from "./areas.ts"
import { decodeByteJson, encodeByteJson } from "./byte-json.ts"

const MAX_ROWS = 20_000
const TRIM_EVERY = 500

export interface SentRow {
  readonly chat: string
  readonly body: Uint8Array
  /** The service has said that it has it. */
  readonly confirmed: boolean
}

const Row: v.GenericSchema<unknown, SentRow> = v.object({
  chat: v.string(),
  body: v.instance(Uint8Array),
  confirmed: v.boolean(),
})

export interface SentStore {
  find(id: string): Promise<SentRow | undefined>
  keep(id: string, row: SentRow): Promise<void>
  trim(): Promise<void>
}

export interface SentParts {
  readonly vault: ChannelVault
  readonly clock: Clock
  readonly keepMs: number
}

export function createSentStore({ vault, clock, keepMs }: SentParts): SentStore {
  let untrimmed = 0

  async function trim(): Promise<void> {
    untrimmed = 0
    await vault.trim(AREAS.sent, { before: clock.now() - keepMs, keep: MAX_ROWS })
  }

  return {
    async find(id) {
      const bytes = (await vault.get(AREAS.sent, [id])).get(id)
      const row = v.safeParse(Row, bytes && decodeByteJson(bytes))
      return row.success ? row.output : undefined
    },
    async keep(id, row) {
      await vault.write([{ area: AREAS.sent, key: id, value: encodeByteJson(row) }])
      untrimmed += 1
      if (untrimmed >= TRIM_EVERY) await trim()
    },
    trim,
  }
}
