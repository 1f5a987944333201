// Up to where updates have been dealt with, kept on disk for each bot. It only moves past updates that
// are journaled or skipped for good.

import * as v from "valibot"
import type { Clock } from "../../host/clock.ts"
import type { ChannelNotebook } from "../channel.ts"

// The service may start its numbers anew, lower, after a week without updates: an offset from before
// would make us deaf to them. Without one it offers whatever is unconfirmed, which the journal sorts out.
const FORGOTTEN_AFTER_MS = 6 * 24 * 3_600_000

export interface Offset {
  /** The update to ask for; undefined asks for the oldest that the service has. */
  readonly next: number | undefined
  /** Resolves when it is on disk. */
  advance(next: number): Promise<void>
}

const Note = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ next: v.pipe(v.number(), v.safeInteger()), at: v.pipe(v.number(), v.safeInteger()) }),
)
type Note = v.InferOutput<typeof Note>

export async function loadOffset(
  notebook: ChannelNotebook,
  clock: Clock,
  botId: number,
): Promise<Offset> {
  const key = `offset:${botId}`
  const noted = v.safeParse(Note, await notebook.get(key))
  let note: Note | undefined = noted.success ? noted.output : undefined

  function valid(): Note | undefined {
    // A time to come is of a clock that was wrong, and says nothing.
    const isKnown = note !== undefined && Math.abs(clock.now() - note.at) < FORGOTTEN_AFTER_MS
    return isKnown ? note : undefined
  }

  return {
    get next() {
      return valid()?.next
    },
    async advance(next) {
      const advanced = { next: Math.max(next, valid()?.next ?? 0), at: clock.now() }
      await notebook.set(key, JSON.stringify(advanced))
      note = advanced
    },
  }
}
