// A channel on a Bot API without a network, for one test: it ends with the test, and the token must have
// stayed within it.

import { expect, onTestFinished } from "vitest"
import { createManualClock, type ManualClock } from "../../testing/manual-clock.ts"
import { createMemoryVault } from "../../testing/memory-vault.ts"
import { createRecordingLogger } from "../../testing/recording-logger.ts"
import type { ChannelParts, OutboundMessage, SendOptions } from "../channel.ts"
import { createTestJournal, TEST_TIMINGS } from "../contract.ts"
import type { TelegramSettings } from "./settings.ts"
import { createStubBotApi, TOKEN } from "./stub-bot-api.ts"
import { createTelegramChannel } from "./telegram-channel.ts"

export type Parts = ChannelParts<TelegramSettings>

export const SETTINGS: TelegramSettings = {
  allowFrom: [],
  groups: {},
  apiRoot: "http://stub",
  botToken: TOKEN,
}

export type Overrides = Partial<Omit<Parts, "clock">> & {
  readonly clock?: ManualClock
  /** The notebook's pages. */
  readonly book?: Map<string, string>
}

export function prepare(overrides: Overrides = {}) {
  const { clock = createManualClock(), book = new Map<string, string>(), ...parts } = overrides
  const stub = createStubBotApi(clock)
  const journal = createTestJournal()
  const lines: string[] = []
  const channel = createTelegramChannel(
    {
      settings: SETTINGS,
      clock,
      log: createRecordingLogger(lines),
      timings: TEST_TIMINGS,
      vault: createMemoryVault(),
      environment: {},
      notebook: {
        get: async (key) => book.get(key),
        set: async (key, value) => void book.set(key, value),
      },
      journal: journal.write,
      changed: () => undefined,
      ...parts,
    },
    { random: () => 0.5, transport: stub.transport },
  )
  onTestFinished(async () => {
    const stopped = channel.stop()
    await clock.advance(60_000)
    await stopped
    expect(clock.waiting).toBe(0)
    expect(lines.join("\n")).not.toContain(TOKEN)
    expect(JSON.stringify(channel.health())).not.toContain(TOKEN)
  })
  const send = (
    text: string,
    { chat = "42", signal = new AbortController().signal, ...rest }: SendWords = {},
  ) => {
    const { media, ...options } = rest
    return channel.send(
      { chat, text, token: text, ...(media && { media }) },
      { signal, ...options },
    )
  }
  return { channel, clock, stub, book, lines, journaled: journal.messages, send }
}

type SendWords = Partial<SendOptions> & Partial<Pick<OutboundMessage, "chat" | "media">>

export async function open(overrides: Overrides = {}) {
  const kit = prepare(overrides)
  await kit.channel.start()
  await kit.clock.advance(0)
  expect(kit.channel.health().state).toBe("open")
  return kit
}
