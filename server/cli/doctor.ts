// `doctor`: the configuration as a gateway that starts now would have it.

import { existsSync } from "node:fs"
import { isObject } from "#protocol"
import { type Config, loadConfig } from "../config/config.ts"
import { readInstance } from "../host/instance-file.ts"
import type { Environment } from "../host/paths.ts"
import { CONFIG_TABLES } from "./config-tables.ts"
import { toTerminalText } from "./output.ts"

export interface Findings {
  readonly configFile: { readonly path: string; readonly exists: boolean }
  readonly stateDir: string
  /** What `gateway.json` says of the last gateway, which may have ended without a word. */
  readonly gateway?: { readonly pid: number; readonly port: number }
  readonly settings: readonly FoundSetting[]
  readonly warnings: readonly string[]
}

export interface FoundSetting {
  readonly key: string
  /** As JSON holds it; a secret is only told to be there. */
  readonly value: unknown
  readonly source: string
}

const SECRET = "(secret)"

/** @throws ConfigError, as the start of a gateway would. */
export function examine(environment: Environment): Findings {
  const config = loadConfig({ flags: {}, environment, ...CONFIG_TABLES })
  const { configFile, instanceFile, stateDir } = config.paths
  const instance = readInstance(instanceFile)
  return {
    configFile: { path: configFile, exists: existsSync(configFile) },
    stateDir,
    ...(instance !== undefined && { gateway: { pid: instance.pid, port: instance.port } }),
    settings: Object.entries(config.sources)
      .map(([key, source]) => ({ key, value: toShown(valueAt(config, key), config), source }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    warnings: config.warnings,
  }
}

function valueAt(config: Config, key: string): unknown {
  const value = key
    .split(".")
    .reduce<unknown>((outer, name) => (isObject(outer) ? outer[name] : undefined), config)
  return value ?? fileOfSecret(config, key)
}

/** A channel has the secret only; the path of its file is where that is from. */
function fileOfSecret({ sources }: Config, key: string): string | undefined {
  if (!key.endsWith("File")) return undefined
  return /^file (.+)$/s.exec(sources[key.slice(0, -"File".length)] ?? "")?.[1]
}

/** A secret may be a part of a value, such as the password in a proxy's address. */
function toShown(value: unknown, { secrets }: Config): unknown {
  const text = JSON.stringify(value)
  if (text === undefined) return null
  const hidden = secrets
    .filter((secret) => secret !== "")
    .reduce((shown, secret) => shown.replaceAll(JSON.stringify(secret).slice(1, -1), SECRET), text)
  return JSON.parse(hidden)
}

export function toDoctorText(findings: Findings): string {
  const { configFile, gateway, settings, stateDir, warnings } = findings
  const lines = [
    `configuration  ${configFile.path}${configFile.exists ? "" : " (not there: everything is as it comes)"}`,
    `state          ${stateDir}`,
    `gateway        ${gateway === undefined ? "not running" : `pid ${gateway.pid}, port ${gateway.port}`}`,
    "",
    ...toRows(settings),
    "",
    ...warnings.map((warning) => `warning: ${warning}`),
    "Nothing is wrong with the configuration.",
  ]
  return toTerminalText(`${lines.join("\n")}\n`)
}

/** A line for each setting: what it is, and where that is from. */
export function toRows(settings: readonly FoundSetting[]): readonly string[] {
  const rows = settings.map(
    ({ key, source, value }) =>
      [key, value === null ? "not set" : JSON.stringify(value), source] as const,
  )
  const width = (column: 0 | 1) => Math.min(40, Math.max(...rows.map((row) => row[column].length)))
  const [first, second] = [width(0), width(1)]
  return rows.map(
    ([key, value, source]) => `${key.padEnd(first)}  ${value.padEnd(second)}  ${source}`,
  )
}
