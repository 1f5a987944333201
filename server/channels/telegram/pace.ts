// How fast the service takes messages: one a second in a chat, twenty a minute in a group, thirty a
// second in all (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

import type { Clock } from "../../host/clock.ts"
import type { ChannelTimings } from "../channel.ts"

const IN_ALL = 30
const IN_GROUP = 20
/** How many times the interval of a chat the window of a group is long. */
const GROUP_INTERVALS = 60

export interface Pace {
  /** How long a message to this chat must wait; 0 if it need not. */
  waitMs(chat: string): number
  /** A message goes out now. */
  begin(chat: string): void
  /** Its call is over; from now on the next message of the chat counts. */
  end(chat: string): void
}

export function createPace(
  clock: Clock,
  { chatIntervalMs }: Pick<ChannelTimings, "chatIntervalMs">,
): Pace {
  const groupWindowMs = GROUP_INTERVALS * chatIntervalMs
  /** When each chat may have its next message. */
  const readyAt = new Map<string, number>()
  const inGroup = new Map<string, number[]>()
  let inAll: number[] = []

  function forgetIdle(): void {
    const now = clock.monotonic()
    for (const [chat, at] of readyAt) if (at <= now) readyAt.delete(chat)
    for (const [chat, times] of inGroup) {
      if ((times.at(-1) ?? 0) + groupWindowMs <= now) inGroup.delete(chat)
    }
  }

  return {
    waitMs(chat) {
      const until = Math.max(
        readyAt.get(chat) ?? 0,
        openAgainAt(inAll, IN_ALL, chatIntervalMs),
        openAgainAt(inGroup.get(chat) ?? [], IN_GROUP, groupWindowMs),
      )
      return Math.max(0, Math.ceil(until - clock.monotonic()))
    },
    begin(chat) {
      const now = clock.monotonic()
      inAll = [...inAll, now].slice(-IN_ALL)
      if (isGroup(chat)) inGroup.set(chat, [...(inGroup.get(chat) ?? []), now].slice(-IN_GROUP))
    },
    end(chat) {
      forgetIdle()
      readyAt.set(chat, clock.monotonic() + chatIntervalMs)
    },
  }
}

function openAgainAt(times: readonly number[], most: number, windowMs: number): number {
  const oldest = times.at(-most)
  return oldest === undefined ? 0 : oldest + windowMs
}

function isGroup(chat: string): boolean {
  return chat.startsWith("-") || chat.startsWith("@")
}
