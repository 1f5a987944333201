import { createRequire } from "node:module"
import { expect, test } from "vitest"
import { silentLogger } from "../../host/logger.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import { TEST_TIMINGS } from "../contract.ts"
import { AREAS } from "./areas.ts"
import { whatsapp } from "./index.ts"
import { createLinkedCredentials, toStoredCredentials } from "./stub-library.ts"
import { createStubVault } from "./stub-vault.ts"

/** The encryption library under Baileys is CommonJS, so Node lists it here once it is loaded. */
function baileysIsLoaded(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((path) =>
    path.includes("libsignal"),
  )
}

test("[WA1] Baileys is not loaded for a channel that is made and started without a linked account", async () => {
  const clock = createManualClock()
  const vault = createStubVault(clock.now)
  const make = () =>
    whatsapp.create?.({
      settings: { enabled: true, allowFrom: [], groups: {}, readReceipts: true },
      clock,
      log: silentLogger,
      timings: TEST_TIMINGS,
      notebook: { get: async () => undefined, set: async () => undefined },
      vault,
      environment: {},
      journal: async () => "new",
      changed: () => undefined,
    })
  const unlinked = await make()
  await unlinked?.start()
  await clock.advance(60_000)
  expect(unlinked?.health()).toMatchObject({ configured: true, linked: false, state: "off" })
  await unlinked?.stop()

  const value = toStoredCredentials(createLinkedCredentials(), clock.now())
  await vault.write([{ area: AREAS.credentials, key: "current", value }])
  const linked = await make()
  expect(linked?.health()).toMatchObject({ linked: true, self: "+15550100", state: "off" })
  expect(baileysIsLoaded()).toBe(false)
})

test("it is configured unless it is turned off", () => {
  const settings = { enabled: true, allowFrom: [], groups: {}, readReceipts: true }
  expect(whatsapp.isConfigured(settings)).toBe(true)
  expect(whatsapp.isConfigured({ ...settings, enabled: false })).toBe(false)
})
