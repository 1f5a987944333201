// Every setting by its key, those of the channels too, and what somebody means who names one.

import { isObject } from "#protocol"
import type { ChannelSource } from "./channel-section.ts"
import { findNearest } from "./nearest.ts"
import { SETTING_KEYS, SETTINGS, type SettingKey } from "./settings.ts"

/** What a key that a person wrote leads to. */
export type Named =
  /** A setting, or something inside of its value. */
  | { readonly kind: "setting"; readonly key: string; readonly inside: readonly string[] }
  | { readonly kind: "section"; readonly keys: readonly string[] }
  | { readonly kind: "unknown"; readonly nearest: string | undefined }

/** The keys of all settings, in the order in which they are written down. */
export function listSettings(channels: readonly ChannelSource[]): readonly string[] {
  const ofChannels = channels.flatMap(({ id, Settings }) =>
    "entries" in Settings && isObject(Settings.entries)
      ? Object.keys(Settings.entries).map((key) => `channels.${id}.${key}`)
      : [],
  )
  return [...SETTING_KEYS, ...ofChannels]
}

export function findSettings(path: readonly string[], channels: readonly ChannelSource[]): Named {
  const all = listSettings(channels)
  const name = path.join(".")
  const key = all.find((candidate) => name === candidate || name.startsWith(`${candidate}.`))
  if (key !== undefined) {
    return { kind: "setting", key, inside: path.slice(key.split(".").length) }
  }
  const keys = all.filter((candidate) => candidate.startsWith(`${name}.`))
  if (keys.length > 0) return { kind: "section", keys }
  const last = path.at(-1) ?? ""
  const elsewhere = all.find((candidate) => candidate.endsWith(`.${last}`))
  const sections = all.flatMap((candidate) =>
    candidate.split(".").map((_, index, steps) => steps.slice(0, index + 1).join(".")),
  )
  return { kind: "unknown", nearest: findNearest(name, sections) ?? elsewhere }
}

/** No message, log or report may show its value. */
export function isSecretSetting(key: string): boolean {
  if (Object.hasOwn(SETTINGS, key)) {
    const row: { readonly secret?: boolean } = SETTINGS[key as SettingKey]
    return row.secret === true
  }
  return /^channels\.[^.]+\.\w*Token$/.test(key)
}

/** `a.b["c.d"].e` as its steps; undefined if it cannot be read. */
export function readKey(text: string): readonly string[] | undefined {
  const step = /(?:^|(?<!^)\.)([^."'[\]\s]+)|\[(?:"([^"]+)"|'([^']+)')\]/y
  const path: string[] = []
  while (step.lastIndex < text.length) {
    const match = step.exec(text)
    if (match === null) return undefined
    path.push(match[1] ?? match[2] ?? match[3] ?? "")
  }
  return path.length === 0 ? undefined : path
}
