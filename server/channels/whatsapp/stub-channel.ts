// A WhatsApp channel on a stub service, for tests: linked, unless they say otherwise.

import { expect, onTestFinished } from "vitest"
import { createManualClock, type ManualClock } from "../../testing/manual-clock.ts"
import { createRecordingLogger } from "../../testing/recording-logger.ts"
import type { ChannelParts, SentMessage } from "../channel.ts"
import { createTestJournal, TEST_TIMINGS } from "../contract.ts"
import { AREAS } from "./areas.ts"
import type { WhatsAppSettings } from "./settings.ts"
import {
  ADA,
  createLinkedCredentials,
  createStubService,
  type StubService,
  toStoredCredentials,
} from "./stub-library.ts"
import { createStubVault, type StubVault } from "./stub-vault.ts"
import { createWhatsAppChannel } from "./whatsapp-channel.ts"

type Parts = ChannelParts<WhatsAppSettings>

export interface StubChannelOptions {
  readonly clock?: ManualClock
  readonly service?: StubService
  readonly vault?: StubVault
  readonly linked?: boolean
  /** The notebook's pages. */
  readonly book?: Map<string, string>
  readonly settings?: Partial<WhatsAppSettings>
  readonly journal?: Parts["journal"]
  readonly changed?: Parts["changed"]
  readonly timings?: Partial<Parts["timings"]>
  readonly fetch?: typeof fetch
}

export async function prepare(options: StubChannelOptions = {}) {
  const clock = options.clock ?? createManualClock()
  const service = options.service ?? createStubService(clock)
  const vault = options.vault ?? createStubVault(clock.now)
  const journal = createTestJournal()
  const lines: string[] = []
  const { book = new Map<string, string>() } = options
  const network = { name: "wlan" }
  if (options.linked !== false && vault.counts[AREAS.credentials] === undefined) {
    const value = toStoredCredentials(createLinkedCredentials(), clock.now())
    await vault.write([{ area: AREAS.credentials, key: "current", value }])
  }
  let loads = 0
  const channel = await createWhatsAppChannel(
    {
      settings: {
        enabled: true,
        allowFrom: [],
        groups: {},
        readReceipts: true,
        ...options.settings,
      },
      clock,
      log: createRecordingLogger(lines),
      timings: { ...TEST_TIMINGS, ...options.timings },
      notebook: {
        get: async (key) => book.get(key),
        set: async (key, value) => void book.set(key, value),
      },
      vault,
      environment: {},
      journal: options.journal ?? journal.write,
      changed: options.changed ?? (() => undefined),
    },
    {
      random: () => 0.5,
      loadLibrary: async () => {
        loads += 1
        return service.library()
      },
      readNetwork: () => network.name,
      fetch: options.fetch ?? (() => Promise.reject(new Error("no network"))),
    },
  )
  onTestFinished(async () => {
    const stopped = channel.stop()
    await clock.advance(60_000)
    await stopped
    expect(lines.join("\n")).not.toContain("private key")
  })
  const send = (text: string, { chat = ADA, token = text } = {}): Promise<SentMessage> =>
    channel.send({ chat, text, token }, { signal: new AbortController().signal })
  return {
    channel,
    clock,
    service,
    vault,
    network,
    lines,
    journaled: journal.messages,
    send,
    get loads() {
      return loads
    },
  }
}

export async function open(options: StubChannelOptions = {}) {
  const kit = await prepare(options)
  await kit.channel.start()
  await kit.clock.advance(0)
  expect(kit.channel.health().state).toBe("open")
  return kit
}
