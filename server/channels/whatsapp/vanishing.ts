// After how long messages vanish in a chat, as what people write there says: what we send vanishes with theirs.

import type { Logger } from "../../host/logger.ts"
import type { ChannelNotebook } from "../channel.ts"

const MAX_REMEMBERED = 1_000
/** What a sender's device claims beyond these is no setting that people can choose. */
const SHORTEST_S = 3_600
const LONGEST_S = 366 * 86_400

export interface Vanishing {
  /** The latest message there vanishes after so long; 0 for one that stays. Never rejects. */
  note(chat: string, seconds: number): Promise<void>
  /** In seconds; 0 where messages stay, or it is not known. Never rejects. */
  of(chat: string): Promise<number>
}

export function createVanishing({
  notebook,
  log,
}: {
  readonly notebook: ChannelNotebook
  readonly log: Logger
}): Vanishing {
  // What is on disk, so that not every message asks for it.
  const known = new Map<string, number>()

  async function lookUp(chat: string): Promise<number> {
    const remembered = known.get(chat)
    if (remembered !== undefined) return remembered
    const noted = toSetting(Number((await notebook.get(keyOf(chat))) ?? 0))
    remember(chat, noted)
    return noted
  }

  function remember(chat: string, seconds: number): void {
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(chat, seconds)
  }

  /** A disk that fails for this must hold up no message. */
  function quietly<Result>(work: Promise<Result>, instead: Result): Promise<Result> {
    return work.catch((error: unknown) => {
      log.debug("after how long messages vanish is not known", { error: String(error) })
      return instead
    })
  }

  async function change(chat: string, seconds: number): Promise<void> {
    if ((await lookUp(chat)) === seconds) return
    remember(chat, seconds)
    await notebook.set(keyOf(chat), String(seconds))
  }

  return {
    note: (chat, seconds) => quietly(change(chat, toSetting(seconds)), undefined),
    of: (chat) => quietly(lookUp(chat), known.get(chat) ?? 0),
  }
}

function toSetting(seconds: number): number {
  return seconds >= SHORTEST_S && seconds <= LONGEST_S ? seconds : 0
}

function keyOf(chat: string): string {
  return `vanishing:${chat}`
}
