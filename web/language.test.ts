import { signal } from "@preact/signals"
import { expect, onTestFinished, test, vi } from "vitest"
import { followLanguage } from "./language.ts"
import { toMoment, toShortTime } from "./panels/dates.ts"
import { createSettings } from "./store/settings.ts"
import { createManualClock, settle } from "./testing/manual-clock.ts"
import { createMemoryStorage } from "./testing/memory-storage.ts"
import { isLanguageMissing, language, speak, text } from "./text/index.ts"
import { LANGUAGES } from "./text/languages.ts"

const AFTERNOON = new Date(2026, 4, 12, 14, 5).getTime()
const LATER = new Date(2026, 6, 1).getTime()

function begin(preferred: readonly string[], stored: Record<string, string> = {}) {
  const before = language.peek()
  onTestFinished(() => speak(before))
  const settings = createSettings(createMemoryStorage(stored))
  const spoken: string[] = []
  const clock = createManualClock()
  const online = signal(false)
  let wake: () => void = () => undefined
  const begun = followLanguage({
    settings,
    preferred,
    spoken: ({ direction, tag }) => void spoken.push(`${tag} ${direction}`),
    clock,
    online,
    onWake: (action) => {
      wake = action
    },
  })
  return { begun, clock, online, settings, spoken, wake: () => wake() }
}

async function follow(...[preferred, stored]: Parameters<typeof begin>) {
  const { begun, ...followed } = begin(preferred, stored)
  await begun
  return followed
}

test("the page begins in the browser's language, and changes with the setting", async () => {
  const { settings, spoken } = await follow(["nl-BE", "en"])
  expect(text.chat.today).toBe("Vandaag")
  expect(language.peek().locale).toBe("nl-BE")
  settings.choose("language", "en")
  await expect.poll(() => text.chat.today).toBe("Today")
  settings.choose("language", "ar-XB")
  await expect.poll(() => spoken).toEqual(["nl ltr", "en ltr", "ar-XB rtl"])
})

test("of two changes in a row the last one counts", async () => {
  const { settings, spoken } = await follow(["en"])
  settings.choose("language", "nl")
  settings.choose("language", "en")
  await LANGUAGES.nl.load()
  await settle()
  expect(spoken).toEqual(["en ltr", "en ltr"])
})

test("hours are written as the country of the reader does, until a clock is chosen", async () => {
  const { settings } = await follow(["en-US"])
  expect(toShortTime(AFTERNOON)).toMatch(/^02:05\sPM$/)
  expect(toMoment(AFTERNOON, LATER)).toMatch(/2:05\sPM/)
  settings.choose("hours", "24")
  await expect.poll(() => toShortTime(AFTERNOON)).toBe("14:05")
  expect(toMoment(AFTERNOON, LATER)).toContain("14:05")
})

test("times are in the device's zone, until one is chosen", async () => {
  const { settings } = await follow(["en-GB"])
  expect(language.peek().timeZone).toBeUndefined()
  expect(toShortTime(AFTERNOON)).toBe("14:05")
  settings.choose("timeZone", "Australia/Eucla")
  await expect.poll(() => toShortTime(AFTERNOON)).toMatch(/:50$/)
  settings.choose("timeZone", "device")
  await expect.poll(() => toShortTime(AFTERNOON)).toBe("14:05")
})

test("a kept zone that the browser does not know leaves the device's", async () => {
  await follow(["en-GB"], { "clawdis:timeZone": "Europe/Atlantis" })
  expect(toShortTime(AFTERNOON)).toBe("14:05")
})

test("a reader in a country of 24 hours sees them in English as well", async () => {
  await follow(["de-DE", "en-US"])
  expect(text.chat.today).toBe("Today")
  expect(toShortTime(AFTERNOON)).toBe("14:05")
})

test("a name of a language that nobody knows does no harm", async () => {
  const { spoken } = await follow(["en-US@posix", "xx", ""])
  expect(spoken).toEqual(["en ltr"])
})

test("[WC20] a language that hangs keeps the page waiting for a moment, and is spoken when it comes", async () => {
  const { nl } = await import("./text/nl.ts")
  const coming = Promise.withResolvers<typeof nl>()
  vi.spyOn(LANGUAGES.nl, "load").mockReturnValue(coming.promise)
  onTestFinished(() => void vi.restoreAllMocks())
  const { begun, clock, spoken } = begin(["nl"])
  let hasBegun = false
  void begun.then(() => {
    hasBegun = true
  })
  await clock.advance(1_400)
  expect(hasBegun).toBe(false)
  await clock.advance(100)
  expect(hasBegun).toBe(true)
  expect(text.chat.today).toBe("Today")
  expect(isLanguageMissing.peek()).toBe(false)
  coming.resolve(nl)
  await settle()
  expect(text.chat.today).toBe("Vandaag")
  expect(spoken).toEqual(["nl ltr"])
})

test("[WC20] a language that cannot be loaded is said, and tried again when the gateway or the network is back", async () => {
  const load = vi.spyOn(LANGUAGES.nl, "load")
  onTestFinished(() => void vi.restoreAllMocks())
  for (let count = 0; count < 3; count += 1) load.mockRejectedValueOnce(new Error("offline"))
  const { online, settings, spoken, wake } = await follow(["nl"])
  expect(isLanguageMissing.peek()).toBe(true)
  expect(text.chat.today).toBe("Today")
  wake()
  await settle()
  online.value = true
  await settle()
  expect(load).toHaveBeenCalledTimes(3)
  expect(isLanguageMissing.peek()).toBe(true)
  // What is there from the start needs nobody; what failed is tried when it is chosen again.
  settings.choose("language", "en")
  await settle()
  expect(isLanguageMissing.peek()).toBe(false)
  settings.choose("language", "nl")
  await expect.poll(() => text.chat.today).toBe("Vandaag")
  expect(spoken).toEqual(["en ltr", "nl ltr"])
  wake()
  await settle()
  expect(load).toHaveBeenCalledTimes(4)
})
