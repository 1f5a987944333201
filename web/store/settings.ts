// TABLE: what a person can choose. They belong to the browser, not to a gateway, and hold in all its tabs.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { Tabs } from "../tabs.ts"
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
  /** Beside the device's own, each zone that the browser knows. */
  timeZone: ["device"] as readonly [string, ...string[]],
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

export function createSettings(storage: Storage, tabs?: Tabs): Settings {
  const signals = new Map(
    (Object.keys(SETTINGS) as SettingName[]).map((name) => {
      const kept = storage.read(keyOf(name))
      return [name, signal(isChoice(name, kept) ? kept : SETTINGS[name][0])]
    }),
  )
  // A row of the table has a signal, and only its own choices go into it.
  const find = <N extends SettingName>(name: N) => signals.get(name) as { value: Choice<N> }
  const group = tabs?.join("clawdis:settings", (data) => {
    // A tab may be of another version of the page, with other choices.
    const { name, choice } = (data ?? {}) as Partial<Record<"name" | "choice", unknown>>
    const known = [...signals.keys()].find((key) => key === name)
    if (known !== undefined && isChoice(known, choice)) find(known).value = choice
  })
  return {
    of: (name) => find(name) as ReadonlySignal<Choice<typeof name>>,
    choose(name, choice) {
      find(name).value = choice
      storage.write(keyOf(name), choice)
      group?.tell({ name, choice })
    },
  }
}

export function isChoice<N extends SettingName>(name: N, value: unknown): value is Choice<N> {
  const choices: readonly unknown[] = SETTINGS[name]
  return choices.includes(value) || (name === "timeZone" && isTimeZone(value))
}

function isTimeZone(value: unknown): boolean {
  try {
    return typeof value === "string" && !!new Intl.DateTimeFormat("en", { timeZone: value })
  } catch {
    return false
  }
}

const keyOf = (name: SettingName) => `clawdis:${name}`
