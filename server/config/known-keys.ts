// Keys of the file that mean nothing, each with the one that was probably meant.

import type { ChannelSource } from "./channel-section.ts"
import type { ConfigProblem } from "./config-error.ts"
import { findNearest } from "./nearest.ts"
import { SETTING_KEYS } from "./settings.ts"

export interface UnknownKey {
  readonly path: readonly string[]
  readonly what: "key" | "value"
  readonly problem: Pick<ConfigProblem, "key" | "text">
}

const CHANNELS = "channels"
/** Where an editor finds the form of the file; it means nothing to the gateway. */
export const SCHEMA_KEY = "$schema"

export function findUnknownKeys(
  root: Readonly<Record<string, unknown>>,
  channels: readonly ChannelSource[],
): readonly UnknownKey[] {
  const groups = new Map<string, string[]>()
  for (const key of SETTING_KEYS) {
    const [group = "", name] = key.split(".")
    groups.set(group, [...(groups.get(group) ?? []), ...(name === undefined ? [] : [name])])
  }
  groups.set(
    CHANNELS,
    channels.map(({ id }) => id),
  )

  const unknown: UnknownKey[] = []
  for (const [group, value] of Object.entries(root)) {
    if (group === SCHEMA_KEY) {
      if (typeof value === "string") continue
      const problem = { key: SCHEMA_KEY, text: "must be a text" }
      unknown.push({ path: [SCHEMA_KEY], what: "value", problem })
      continue
    }
    const names = groups.get(group)
    if (names === undefined) unknown.push(toUnknown([group], [...groups.keys()]))
    // A setting without a group is checked by its own form.
    else if (names.length === 0 && group !== CHANNELS) continue
    else if (typeof value !== "object" || value === null || Array.isArray(value)) {
      unknown.push({
        path: [group],
        what: "value",
        problem: { key: group, text: "must be an object" },
      })
    } else {
      const strange = Object.keys(value).filter((name) => !names.includes(name))
      unknown.push(...strange.map((name) => toUnknown([group, name], names)))
    }
  }
  return unknown
}

export function toUnknown(path: readonly string[], siblings: readonly string[]): UnknownKey {
  const name = path.at(-1) ?? ""
  const near = findNearest(name, siblings)
  const elsewhere = SETTING_KEYS.find((key) => key.endsWith(`.${name}`))
  const meant = near ?? elsewhere
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`
  return { path, what: "key", problem: { key: path.join("."), text: `unknown key${hint}` } }
}
