// Keeps the page in the language and with the clock that are chosen.

import { effect } from "@preact/signals"
import type { Choice, Settings } from "./store/settings.ts"
import { type Language, speak } from "./text/index.ts"
import { LANGUAGES, pickTag, toLocale } from "./text/languages.ts"

export interface LanguageParts {
  readonly settings: Settings
  /** The reader's languages, the best one first, as the browser tells them. */
  readonly preferred: readonly string[]
  /** Told each language once it is spoken. */
  readonly spoken: (language: Language) => void
}

/** Resolves when the page is in its first language; goes on until the page is closed. */
export function followLanguage({ settings, preferred, spoken }: LanguageParts): Promise<void> {
  const known = preferred.filter(isLocale)
  let latest: symbol | undefined
  const { promise, resolve } = Promise.withResolvers<void>()

  effect(() => {
    const wish = Symbol("wish")
    latest = wish
    const tag = pickTag(settings.of("language").value, known)
    const hourCycle = toHourCycle(settings.of("hours").value, known)
    const { direction = "ltr", load } = LANGUAGES[tag]
    load()
      .then((catalogue) => {
        if (latest !== wish) return
        const language: Language = {
          tag,
          locale: toLocale(tag, known),
          direction,
          hourCycle,
          catalogue,
        }
        speak(language)
        spoken(language)
      })
      // A catalogue that does not come leaves the page in the language that it has.
      .then(resolve, () => resolve())
  })
  return promise
}

/** Hours are a custom of the country, so the reader's first language says how they are written. */
function toHourCycle(choice: Choice<"hours">, [first]: readonly string[]): Language["hourCycle"] {
  if (choice === "12") return "h12"
  if (choice === "24") return "h23"
  const { hour12 } = new Intl.DateTimeFormat(first, { hour: "numeric" }).resolvedOptions()
  return hour12 === true ? "h12" : "h23"
}

/** Some browsers name languages that `Intl` does not take. */
function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}
