// Light, dark, or as the system has it.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { Storage } from "./storage.ts"

export const THEMES = ["system", "light", "dark"] as const
export type Theme = (typeof THEMES)[number]

export interface ThemeChoice {
  readonly theme: ReadonlySignal<Theme>
  choose(theme: Theme): void
}

const KEY = "clawdis:theme"

export function createThemeChoice(storage: Storage): ThemeChoice {
  const kept = storage.read(KEY)
  const theme = signal<Theme>(THEMES.find((name) => name === kept) ?? "system")
  return {
    theme,
    choose(next) {
      theme.value = next
      storage.write(KEY, next)
    },
  }
}
