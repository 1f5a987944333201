// Shows in a chat that an answer is being written. The service forgets it after a while, so it is shown
// again and again, and taken back at the end.

import { type Clock, pause } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { ChannelTimings } from "../channel.ts"
import type { Socket } from "./library.ts"

export interface TypingParts {
  readonly clock: Clock
  readonly timings: Pick<ChannelTimings, "typingRefreshMs" | "typingMaxMs">
  readonly log: Logger
  /** The open connection, if there is one. */
  readonly socket: () => Socket | undefined
}

/** Resolves when `signal` aborts or its time is over. Never rejects. */
export async function showTyping(
  { clock, timings, log, socket }: TypingParts,
  chat: string,
  signal: AbortSignal,
): Promise<void> {
  const show = (typing: boolean) =>
    socket()
      ?.showTyping(chat, typing)
      .catch((error: unknown) => log.debug("typing failed", { error: String(error) }))
  const endsAt = clock.monotonic() + timings.typingMaxMs
  while (!signal.aborted && clock.monotonic() < endsAt) {
    // Not waited for: a connection that hangs must not keep the next one from showing it.
    void show(true)
    await pause(clock, timings.typingRefreshMs, signal)
  }
  void show(false)
}
