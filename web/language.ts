// Keeps the page in the language, with the clock and in the time zone that are chosen. A language that does not come keeps
// nobody from the page, which is in English until it does.

import { effect, type ReadonlySignal, signal } from "@preact/signals"
import type { Clock } from "./gateway.ts"
import type { Choice, Settings } from "./store/settings.ts"
import { isLanguageMissing, type Language, missLanguage, speak } from "./text/index.ts"
import { LANGUAGES, pickTag, toLocale } from "./text/languages.ts"

export interface LanguageParts {
  readonly settings: Settings
  /** The reader's languages, the best one first, as the browser tells them. */
  readonly preferred: readonly string[]
  /** Told each language once it is spoken. */
  readonly spoken: (language: Language) => void
  readonly clock: Pick<Clock, "after">
  readonly online: ReadonlySignal<boolean>
  /** Calls back when it is worth trying again what failed. */
  readonly onWake: (action: () => void) => void
}

/** How long the page waits for its first language before it begins in English. */
const FIRST_WAIT_MS = 1_500

/**
 * Resolves when the page is in its first language, or begins without it; goes on until the page is
 * closed. What failed is tried again when the gateway or the network is back.
 */
export function followLanguage(parts: LanguageParts): Promise<void> {
  const { settings, preferred, spoken, clock, online, onWake } = parts
  const tries = signal(0)
  const tryAgain = () => {
    if (isLanguageMissing.peek()) tries.value = tries.peek() + 1
  }
  const known = preferred.filter(isLocale)
  let latest: symbol | undefined
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancelWait = clock.after(FIRST_WAIT_MS, resolve)

  effect(() => {
    void tries.value
    const wish = Symbol("wish")
    latest = wish
    const tag = pickTag(settings.of("language").value, known)
    const hourCycle = toHourCycle(settings.of("hours").value, known)
    const zone = settings.of("timeZone").value
    const { direction = "ltr", load } = LANGUAGES[tag]
    load()
      .then((catalogue) => {
        if (latest !== wish) return
        const language: Language = {
          tag,
          locale: toLocale(tag, known),
          direction,
          hourCycle,
          timeZone: zone === "device" ? undefined : zone,
          catalogue,
        }
        speak(language)
        spoken(language)
      })
      // A catalogue that does not come leaves the page in the language that it has.
      .catch(() => {
        if (latest === wish) missLanguage()
      })
      .then(cancelWait)
      .then(resolve)
  })
  onWake(tryAgain)
  effect(() => {
    if (online.value) tryAgain()
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
