// TABLE: what a person can choose. They belong to the browser, not to a gateway.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { Storage } from "./storage.ts"

/** Each setting's choices; the first one holds until another is chosen. */
export const SETTINGS = {
  theme: ["system", "light", "dark"],
  /** `auto` is the first of the browser's languages that the page has; the last two are for tests. */
  language: ["auto", "en", "nl", "en-XA", "ar-XB"],
  /** What Enter does on a keyboard; with Ctrl or Cmd it always sends. */
  enter: ["send", "newline"],
  /** How much of an answer's tool calls is shown at first. */
  tools: ["summary", "full", "hidden"],
  /** What a screen reader is told of an answer that is done. */
  announce: ["whole", "first", "off"],
  notify: ["off", "on"],
  hours: ["locale", "12", "24"],
  /** The notice on a page that is not private; gone once it was read. */
  insecureNotice: ["show", "seen"],
  /** Keys that act by themselves outside of a field. */
  shortcuts: ["on", "off"],
} as const satisfies Record<string, readonly [string, ...string[]]>

export type SettingName = keyof typeof SETTINGS
export type Choice<N extends SettingName> = (typeof SETTINGS)[N][number]

export interface Settings {
  of<N extends SettingName>(name: N): ReadonlySignal<Choice<N>>
  choose<N extends SettingName>(name: N, choice: Choice<N>): void
}

export function createSettings(storage: Storage): Settings {
  const signals = new Map(
    (Object.keys(SETTINGS) as SettingName[]).map((name) => {
      const choices: readonly string[] = SETTINGS[name]
      const kept = storage.read(keyOf(name))
      return [name, signal(choices.find((choice) => choice === kept) ?? SETTINGS[name][0])]
    }),
  )
  // A row of the table has a signal, and only its own choices go into it.
  const find = <N extends SettingName>(name: N) => signals.get(name) as { value: Choice<N> }
  return {
    of: (name) => find(name) as ReadonlySignal<Choice<typeof name>>,
    choose(name, choice) {
      find(name).value = choice
      storage.write(keyOf(name), choice)
    },
  }
}

const keyOf = (name: SettingName) => `clawdis:${name}`
