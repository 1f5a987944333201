import { expect, onTestFinished, test } from "vitest"
import { followLanguage } from "./language.ts"
import { toMoment, toShortTime } from "./panels/dates.ts"
import { createSettings } from "./store/settings.ts"
import { settle } from "./testing/manual-clock.ts"
import { createMemoryStorage } from "./testing/memory-storage.ts"
import { language, speak, text } from "./text/index.ts"
import { LANGUAGES } from "./text/languages.ts"

const AFTERNOON = new Date(2026, 4, 12, 14, 5).getTime()
const LATER = new Date(2026, 6, 1).getTime()

async function follow(preferred: readonly string[], stored: Record<string, string> = {}) {
  const before = language.peek()
  onTestFinished(() => speak(before))
  const settings = createSettings(createMemoryStorage(stored))
  const spoken: string[] = []
  await followLanguage({
    settings,
    preferred,
    spoken: ({ direction, tag }) => void spoken.push(`${tag} ${direction}`),
  })
  return { settings, spoken }
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

test("a reader in a country of 24 hours sees them in English as well", async () => {
  await follow(["de-DE", "en-US"])
  expect(text.chat.today).toBe("Today")
  expect(toShortTime(AFTERNOON)).toBe("14:05")
})

test("a name of a language that nobody knows does no harm", async () => {
  const { spoken } = await follow(["en-US@posix", "xx", ""])
  expect(spoken).toEqual(["en ltr"])
})
