// TABLE: the languages of the page. Each comes when it is chosen; English is there from the start.

import type { Choice } from "../store/settings.ts"
import { importAgain } from "../ui/import-again.ts"
import type { SpokenCatalogue } from "./catalogue.ts"
import { en } from "./en.ts"

export type Tag = Exclude<Choice<"language">, "auto">

interface Row {
  readonly load: () => Promise<SpokenCatalogue>
  readonly direction?: "rtl"
  /** For tests: made out of the English one, and never offered. */
  readonly pseudo?: true
}

export const LANGUAGES: Readonly<Record<Tag, Row>> = {
  en: { load: async () => en },
  nl: { load: async () => (await importAgain(() => import("./nl.ts"))).nl },
  "en-XA": { load: async () => (await import("./pseudo.ts")).accented, pseudo: true },
  "ar-XB": {
    load: async () => (await import("./pseudo.ts")).mirrored,
    direction: "rtl",
    pseudo: true,
  },
}

const tags = Object.keys(LANGUAGES) as Tag[]

/** What a person can choose. */
export const OFFERED: readonly Tag[] = tags.filter((tag) => LANGUAGES[tag].pseudo !== true)

/** The chosen language, else the first of the browser's that the page has. */
export function pickTag(choice: Choice<"language">, preferred: readonly string[]): Tag {
  if (choice !== "auto") return choice
  const spoken = preferred.map(primaryOf)
  const found = spoken.find((primary) => OFFERED.some((tag) => primaryOf(tag) === primary))
  return OFFERED.find((tag) => primaryOf(tag) === found) ?? "en"
}

/** The language as the reader's country writes it, if the browser says so. */
export function toLocale(tag: Tag, preferred: readonly string[]): string {
  return preferred.find((locale) => primaryOf(locale) === primaryOf(tag)) ?? tag
}

const primaryOf = (locale: string) => locale.toLowerCase().split("-", 1)[0]
