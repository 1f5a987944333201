import { createRequire } from "node:module"
import { expect, test } from "vitest"
import { silentLogger } from "../../host/logger.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createMemoryVault } from "../../testing/memory-vault.ts"
import { TEST_TIMINGS } from "../contract.ts"
import { CHANNELS } from "../index.ts"
import { telegram } from "./index.ts"
import { TOKEN } from "./stub-bot-api.ts"

/** grammY is CommonJS, so Node lists it here once it is loaded. */
function grammyIsLoaded(): boolean {
  const { cache } = createRequire(import.meta.url)
  return Object.keys(cache).some((path) => path.includes("/grammy/"))
}

test("grammY is loaded only when the channel is made", async () => {
  expect(grammyIsLoaded()).toBe(false)
  const settings = { allowFrom: [], groups: {}, apiRoot: "http://127.0.0.1:1", botToken: TOKEN }
  const channel = await telegram.create({
    settings,
    clock: createManualClock(),
    log: silentLogger,
    timings: TEST_TIMINGS,
    vault: createMemoryVault(),
    environment: {},
    notebook: { get: async () => undefined, set: async () => undefined },
    journal: async () => "new",
    changed: () => undefined,
  })
  expect(grammyIsLoaded()).toBe(true)
  expect(channel.health()).toEqual({ configured: true, state: "off", skipped: 0 })
})

test("[TG1] without a token it is not configured, and says how it would be", () => {
  const none = { allowFrom: [], groups: {}, apiRoot: "https://api.telegram.org" }
  expect(telegram.isConfigured(none)).toBe(false)
  expect(telegram.isConfigured({ ...none, botToken: TOKEN })).toBe(true)
  expect(telegram.howToConfigure).toContain("channels.telegram.botToken")
})

test("the channels of the table have ids of their own", () => {
  const ids = CHANNELS.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})
