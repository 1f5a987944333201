// `config get`: what holds for a gateway that starts now, and where it is from.

import { isObject } from "#protocol"
import { findSettings, isSecretSetting } from "../config/known-settings.ts"
import type { Environment } from "../host/paths.ts"
import { CONFIG_TABLES } from "./config-tables.ts"
import { examine, type FoundSetting, toRows } from "./doctor.ts"
import { toTerminalText } from "./output.ts"
import { refuseUnknownKey, toPath } from "./setting-key.ts"

export type FoundValues =
  /** Of a setting; a secret is only told to be there. */
  FoundSetting | { readonly settings: readonly FoundSetting[] }

/** @throws UsageError for a key that there is not, ConfigError as the start of a gateway would. */
export function findValues(environment: Environment, key?: string): FoundValues {
  const { channels } = CONFIG_TABLES
  if (key === undefined) return { settings: examine(environment).settings }
  const path = toPath(key)
  const named = findSettings(path, channels)
  if (named.kind === "unknown") refuseUnknownKey(key, named.nearest)
  const { settings } = examine(environment)
  if (named.kind === "section") {
    return { settings: settings.filter((found) => named.keys.includes(found.key)) }
  }
  const found = settings.find((each) => each.key === named.key)
  const value = named.inside.reduce<unknown>(
    (outer, step) => (isObject(outer) && Object.hasOwn(outer, step) ? outer[step] : null),
    found?.value ?? null,
  )
  return { key, value, source: found?.source ?? "default" }
}

/** One value goes to stdout alone, for a script; where it is from is told beside. */
export function toValueText(found: FoundValues): { readonly out: string; readonly err: string } {
  if ("settings" in found) {
    return { out: toTerminalText(`${toRows(found.settings).join("\n")}\n`), err: "" }
  }
  const { key, source, value } = found
  const from = toTerminalText(source)
  if (value === null) return { out: "", err: `${key} is not set (${from})\n` }
  if (isSecretSetting(key)) return { out: "", err: `${key} is set, and not shown (${from})\n` }
  const text = typeof value === "string" ? value : JSON.stringify(value)
  return { out: toTerminalText(`${text}\n`), err: `from ${from}\n` }
}
