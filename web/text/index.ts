// The one door to every string that the page shows first; the parts that come later read theirs through
// later.ts.
//
// To add one: write it in en.ts (or en-later.ts), then in nl.ts, where the compiler says which is missing.
// What a string is made of comes in as parameters; what is counted goes through `count`.
//
// To read one: `text.section.name`, inside of a function. Reading subscribes, so that what is drawn is
// drawn anew in its place when another language is chosen; a copy taken when a file is loaded is not.
//
// To add a language: its tag in web/store/settings.ts, its row in languages.ts, its file beside en.ts.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { FirstCatalogue, SpokenCatalogue } from "./catalogue.ts"
import { en } from "./en.ts"

export interface Language {
  /** Of the catalogue, as in `lang`. */
  readonly tag: string
  /** For dates: the language of the catalogue as the reader's country writes it. */
  readonly locale: string
  readonly direction: "ltr" | "rtl"
  readonly hourCycle: "h12" | "h23"
  /** The device's, unless another one was chosen. */
  readonly timeZone: string | undefined
  readonly catalogue: SpokenCatalogue
}

const spoken = signal<Language>({
  tag: "en",
  locale: "en",
  direction: "ltr",
  hourCycle: "h23",
  timeZone: undefined,
  catalogue: en,
})

export const language: ReadonlySignal<Language> = spoken

const missing = signal(false)

/** The chosen language could not be loaded, so that the page is still in the one before. */
export const isLanguageMissing: ReadonlySignal<boolean> = missing

export const text: FirstCatalogue = new Proxy(en, {
  get: (_, section) => Reflect.get(spoken.value.catalogue, section),
})

/** From now on the page is in this language. */
export function speak(next: Language): void {
  spoken.value = next
  missing.value = false
}

export function missLanguage(): void {
  missing.value = true
}
