// The one way from flags, environment, file and defaults to a configuration: strict, frozen, and with
// the place of everything that is wrong. It never falls back to less than the file asks for.

import { dirname } from "node:path"
import * as v from "valibot"
import { isObject, quote } from "#protocol"
import type { ChannelSettings } from "../channels/channel.ts"
import { type Environment, type Paths, resolvePath, resolvePaths } from "../host/paths.ts"
import { type ChannelSource, readChannelSection } from "./channel-section.ts"
import { ConfigError, type ConfigProblem } from "./config-error.ts"
import { parseConfig, readConfigFile, readText } from "./config-file.ts"
import { findContradictions } from "./contradictions.ts"
import type { ReadFlagFile } from "./flag-files.ts"
import type { GatewayFlags } from "./flags.ts"
import { findUnknownKeys } from "./known-keys.ts"
import { findNearest } from "./nearest.ts"
import { describeProblem } from "./problem.ts"
import { collect, type Reading, valueAt } from "./reading.ts"
import { SETTING_KEYS, SETTINGS, type Setting, type SettingKey, type Settings } from "./settings.ts"

export type Config = Settings & {
  readonly paths: Paths
  /** Whether there was a configuration file. */
  readonly hasFile: boolean
  /** What stands under `channels`, by the channel's id; every channel of the table has its row. */
  readonly channels: Readonly<Record<string, ChannelSettings>>
  /** Which source won, by the setting's key: "flag --port", "default". */
  readonly sources: Readonly<Record<string, string>>
  /** What works but should be known, one sentence each. */
  readonly warnings: readonly string[]
  /** Every secret that stands in the configuration, for the log to leave out. */
  readonly secrets: readonly string[]
}

export interface ConfigInput {
  readonly flags: GatewayFlags
  /** Reads the file that a flag names; unless given, that must be a regular one. */
  readonly readFlagFile?: ReadFlagFile
  readonly environment: Environment
  /** The table of channels. */
  readonly channels: readonly ChannelSource[]
  /** Names of agents that `agent.command` may be. */
  readonly presets: readonly string[]
  /** What the file is taken to hold, in place of what it does. */
  readonly fileText?: string
}

const MIN_TOKEN_LENGTH = 16

/** Throws a ConfigError that names everything that is wrong, with its place. */
export function loadConfig(input: ConfigInput): Config {
  const { channels, environment, fileText, flags, readFlagFile = readText } = input
  const paths = resolvePaths(environment)
  const file =
    fileText === undefined ? readConfigFile(paths) : parseConfig(fileText, paths.configFile)
  const problems: ConfigProblem[] = []

  function placeOf(path: readonly PropertyKey[], what: "key" | "value"): string {
    const { line, column } = file?.locate(path, what) ?? { line: 1, column: 1 }
    return `${paths.configFile}:${line}:${column}`
  }

  const root = isObject(file?.value) ? file.value : {}
  if (file !== undefined && !isObject(file.value)) {
    problems.push({ where: placeOf([], "value"), text: "must be an object" })
  }
  for (const unknown of findUnknownKeys(root, channels)) {
    problems.push({ where: placeOf(unknown.path, unknown.what), ...unknown.problem })
  }

  const reading: Reading = { flags, readFlagFile, environment, paths, root, placeOf, problems }
  const values = new Map<string, unknown>()
  const sources: Record<string, string> = {}
  for (const key of SETTING_KEYS) {
    const { value, source } = readSetting(key, reading)
    values.set(key, value)
    sources[key] = source
  }
  fillFromFiles(values, sources, reading)

  const secrets: string[] = []
  const sections = channels.map((channel) => {
    const section = readChannelSection(channel, reading)
    Object.assign(sources, section.sources)
    secrets.push(...section.secrets)
    return [channel.id, section.settings] as const
  })
  if (problems.length > 0) throw new ConfigError(problems)

  for (const key of SETTING_KEYS) {
    const value = values.get(key)
    if (rowOf(key).secret && typeof value === "string") secrets.push(value)
  }
  const settings = toSettings(values)
  const whereIs = (key: SettingKey) =>
    sources[key] === "file" ? placeOf(key.split("."), "value") : (sources[key] ?? key)
  const contradictions = findContradictions(settings, input).map((found) => ({
    where: whereIs(found.key),
    ...found,
  }))
  if (contradictions.length > 0) throw new ConfigError(contradictions)
  return deepFreeze({
    ...settings,
    paths,
    hasFile: file !== undefined,
    channels: Object.fromEntries(sections) as Record<string, ChannelSettings>,
    sources,
    warnings: [...findWarnings(settings), ...findStrangeVariables(environment)],
    secrets,
  })
}

interface Found {
  readonly value: unknown
  readonly source: string
}

function rowOf(key: SettingKey): Setting<unknown> {
  return SETTINGS[key]
}

/** Every source is checked, also those that another one overrules. */
function readSetting(key: SettingKey, reading: Reading): Found {
  const row = rowOf(key)
  const found = [
    fromFlag(row, reading),
    fromFlagFile(row, reading),
    fromEnvironment(row, reading),
    fromFile(key, row, reading),
  ]
  return (
    found.find((candidate) => candidate !== undefined) ?? {
      value: row.fallback(reading.paths),
      source: "default",
    }
  )
}

function fromFlag(row: Setting<unknown>, reading: Reading): Found | undefined {
  const given = row.flag === undefined ? undefined : reading.flags[row.flag]
  if (row.flag === undefined || given === undefined) return undefined
  const name = flagName(row.flag)
  return check(row, given, { where: name, source: `flag ${name}` }, reading)
}

function fromFlagFile(row: Setting<unknown>, reading: Reading): Found | undefined {
  const path = row.flagFile === undefined ? undefined : reading.flags[row.flagFile]
  if (row.flagFile === undefined || typeof path !== "string") return undefined
  const name = flagName(row.flagFile)
  const file = resolvePath(path, process.cwd(), reading.environment)
  const text = collect(reading.problems, () => reading.readFlagFile(file).trim())
  if (text === undefined) return undefined
  return check(row, text, { where: `${name} ${path}`, source: `flag ${name}` }, reading)
}

function fromEnvironment(row: Setting<unknown>, reading: Reading): Found | undefined {
  const text = row.env === undefined ? undefined : reading.environment[row.env]
  if (row.env === undefined || text === undefined || text === "") return undefined
  // A number is what the form decides on; anything else reaches it as the text it is.
  const isNumber = typeof row.fallback(reading.paths) === "number" && /^\d{1,15}$/.test(text)
  const place = { where: row.env, source: `environment ${row.env}` }
  return check(row, isNumber ? Number(text) : text, place, reading)
}

function fromFile(key: SettingKey, row: Setting<unknown>, reading: Reading): Found | undefined {
  const path = key.split(".")
  const given = valueAt(reading.root, path)
  if (given === undefined) return undefined
  const place = { where: reading.placeOf(path, "value"), key, source: "file" }
  return check(row, given, place, reading)
}

interface Place {
  readonly where: string
  readonly key?: string
  readonly source: string
}

function check(
  row: Setting<unknown>,
  given: unknown,
  { where, key, source }: Place,
  reading: Reading,
): Found | undefined {
  const result = v.safeParse(row.schema, given)
  if (!result.success) {
    const found = result.issues.map((issue) =>
      toProblem(issue, row, { where, ...(key !== undefined && { key }) }, reading),
    )
    const isNew = ({ text, where: place }: ConfigProblem, index: number) =>
      found.findIndex((other) => other.where === place && other.text === text) === index
    reading.problems.push(...found.filter(isNew))
    return undefined
  }
  const value =
    row.path && typeof result.output === "string"
      ? resolvePath(result.output, dirname(reading.paths.configFile), reading.environment)
      : result.output
  return { value, source }
}

/** In the file a list's entry has a place of its own; what is said about it is said about the list. */
function toProblem(
  issue: v.BaseIssue<unknown>,
  row: Setting<unknown>,
  { key, where }: Pick<Place, "key" | "where">,
  reading: Reading,
): ConfigProblem {
  const text = describeProblem(issue, { secret: row.secret === true })
  if (key === undefined) return { where, text }
  const inside = (issue.path ?? []).map((item) =>
    typeof item.key === "number" ? item.key : String(item.key),
  )
  const path = [...key.split("."), ...inside]
  const isUnknownKey = issue.type === "strict_object" && issue.expected === "never"
  const entry = isUnknownKey ? -1 : path.findIndex((step) => typeof step === "number")
  const named = path.slice(0, entry === -1 ? undefined : entry).join(".")
  return { where: reading.placeOf(path, isUnknownKey ? "key" : "value"), key: named, text }
}

function fillFromFiles(
  values: Map<string, unknown>,
  sources: Record<string, string>,
  { placeOf, problems }: Reading,
): void {
  for (const key of SETTING_KEYS) {
    const { fills } = rowOf(key)
    const path = values.get(key)
    if (fills === undefined || typeof path !== "string") continue
    if (values.get(fills) !== undefined) {
      const where = placeOf(key.split("."), "key")
      problems.push({ where, key, text: `${fills} is set as well; they exclude each other` })
      continue
    }
    const text = collect(problems, () => readText(path).trim())
    if (text === undefined) continue
    values.set(fills, text === "" ? undefined : text)
    sources[fills] = `file ${path}`
  }
}

function toSettings(values: ReadonlyMap<string, unknown>): Settings {
  const settings: Record<string, unknown> = {}
  for (const [key, value] of values) {
    const [group = "", name] = key.split(".")
    if (name === undefined) settings[group] = value
    else settings[group] = { ...(settings[group] as object | undefined), [name]: value }
  }
  // The table types both ends; this is the one place where the two meet.
  return settings as Settings
}

function findWarnings({ gateway }: Settings): readonly string[] {
  if (gateway.token === undefined || gateway.token.length >= MIN_TOKEN_LENGTH) return []
  return [`gateway.token has fewer than ${MIN_TOKEN_LENGTH} characters and can be guessed`]
}

const PREFIX = "CLAWDIS_"

/** A misspelt variable would be missed when it counts: one with the token leaves the gateway without. */
function findStrangeVariables(environment: Environment): readonly string[] {
  const ofSettings = SETTING_KEYS.flatMap((key) => rowOf(key).env ?? [])
  const known = [...ofSettings, "CLAWDIS_STATE_DIR", "CLAWDIS_CONFIG_PATH"]
  const names = known.map((name) => name.slice(PREFIX.length))
  return Object.keys(environment).flatMap((name) => {
    if (!name.startsWith(PREFIX) || known.includes(name)) return []
    const nearest = findNearest(name.slice(PREFIX.length), names)
    if (nearest === undefined) return []
    return [`nothing reads the variable ${quote(name)}; did you mean ${PREFIX}${nearest}?`]
  })
}

/** The line about the token at the start: where it is from, never what it is. */
export function describeToken(config: Config): string {
  return config.gateway.token === undefined
    ? "no token configured (loopback only)"
    : `token required (from ${config.sources["gateway.token"]})`
}

function flagName(flag: keyof GatewayFlags): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const item of Object.values(value)) deepFreeze(item)
  }
  return value
}
