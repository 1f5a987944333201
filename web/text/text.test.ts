import { effect } from "@preact/signals"
import { expect, onTestFinished, test } from "vitest"
import type { Catalogue, FirstCatalogue } from "./catalogue.ts"
import { en } from "./en.ts"
import { enLater } from "./en-later.ts"
import { type Language, language, speak, text } from "./index.ts"
import { LANGUAGES, OFFERED, pickTag, type Tag, toLocale } from "./languages.ts"

/** With what comes later, as a page has it in which every part is loaded. */
async function load(tag: Tag): Promise<Catalogue> {
  return { ...enLater, ...(await LANGUAGES[tag].load()) }
}

test("what is drawn with a string is drawn anew when another language is spoken", () => {
  const before = language.peek()
  onTestFinished(() => speak(before))
  const shown: string[] = []
  onTestFinished(effect(() => void shown.push(text.chat.today)))
  const catalogue: FirstCatalogue = { ...en, chat: { ...en.chat, today: "Oggi" } }
  const italian: Language = { ...before, tag: "it", catalogue }
  speak(italian)
  expect(shown).toEqual(["Today", "Oggi"])
})

test("the page is in the chosen language, else in the first of the browser's that it has", () => {
  expect(pickTag("nl", ["en-GB"])).toBe("nl")
  expect(pickTag("auto", ["fr-FR", "nl-BE", "en"])).toBe("nl")
  expect(pickTag("auto", ["fr-FR", "de"])).toBe("en")
  expect(pickTag("auto", [])).toBe("en")
  expect(pickTag("auto", ["ar-XB"])).toBe("en")
  expect(toLocale("nl", ["en-GB", "nl-BE"])).toBe("nl-BE")
  expect(toLocale("en", ["nl-BE"])).toBe("en")
})

test("the languages for tests are not offered", () => {
  expect(OFFERED).toEqual(["en", "nl"])
})

test.for(Object.keys(LANGUAGES) as Tag[])("%s says each thing in one line", async (tag) => {
  const said = collect(await load(tag))
  expect(said.length).toBeGreaterThan(200)
  expect(said.filter((words) => words.trim() !== words || words === "")).toEqual([])
})

test("the long language is 40 % longer, and leaves alone what is put into a sentence", async () => {
  const long = await load("en-XA")
  expect(long.composer.send).toBe("ŠŠééñđ")
  const lengthOf = (catalogue: Catalogue) => collect(catalogue).join("").length
  expect(lengthOf(long) / lengthOf(await load("en"))).toBeGreaterThan(1.4)
  expect(long.banner.connecting("Send.local")).toContain("Send.local")
  expect(long.banner.connecting("Send.local")).toMatch(/^Çööñ/)
  expect(long.channels.advice.off).toBeUndefined()
})

test("counted things take the form that their language asks for", async () => {
  const dutch = await load("nl")
  expect([0, 1, 2].map((n) => enLater.channels.tries(n))).toEqual(["0 tries", "1 try", "2 tries"])
  expect([0, 1, 2].map((n) => dutch.channels.tries(n))).toEqual([
    "0 pogingen",
    "1 poging",
    "2 pogingen",
  ])
})

test.for([
  [-5, "< 0.1 s", "< 0,1 s"],
  [99, "< 0.1 s", "< 0,1 s"],
  [100, "0.1 s", "0,1 s"],
  [4_120, "4.1 s", "4,1 s"],
  [42_000, "42 s", "42 s"],
  [125_000, "2 min 5 s", "2 min 5 s"],
  [2 * 3_600_000 + 180_000, "2 h 3 min", "2 u 3 min"],
  [25 * 3_600_000, "1 day 1 h", "1 dag 1 u"],
] as const)("%d ms are written as a span of time", async ([ms, english, dutch]) => {
  expect(en.duration(ms)).toBe(english)
  expect((await load("nl")).duration(ms)).toBe(dutch)
})

test("an age is never less than a minute, and a wait never less than a second", () => {
  expect([0, 59_000, 125_000, 3_600_000, 3 * 86_400_000].map(en.age)).toEqual([
    "1 min",
    "1 min",
    "2 min",
    "1 h",
    "3 days",
  ])
  expect([0, 1, 1_001].map(en.wait)).toEqual(["1 s", "1 s", "2 s"])
})

/** Every string of a catalogue that is not made of something. */
function collect(part: unknown): readonly string[] {
  if (typeof part === "string") return [part]
  if (typeof part !== "object" || part === null) return []
  return Object.values(part).flatMap(collect)
}
