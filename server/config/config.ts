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
import type { ReadFlagFile } from "./flag-files.ts"
import type { GatewayFlags } from "./flags.ts"
import { findUnknownKeys } from "./known-keys.ts"
import { findNearest } from "./nearest.ts"
import { describeProblem } from "./problem.ts"
import { type Reading, valueAt } from "./reading.ts"
import {
  isLoopback,
  SETTING_KEYS,
  SETTINGS,
  type Setting,
  type SettingKey,
  type Settings,
} from "./settings.ts"

export type Config = Settings & {
  readonly paths: Paths
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
  const { channels, environment, fileText, flags, presets, readFlagFile = readText } = input
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
  const whereIs: WhereIs = (key) =>
    sources[key] === "file" ? placeOf(key.split("."), "value") : (sources[key] ?? key)
  refuseOpenDoors(settings, whereIs)
  refuseMissingCommand(settings, whereIs)
  refuseUnknownPreset(settings, presets, whereIs)
  refuseUnknownAddress(settings, channels, whereIs)
  return deepFreeze({
    ...settings,
    paths,
    channels: Object.fromEntries(sections) as Record<string, ChannelSettings>,
    sources,
    warnings: findWarnings(settings),
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
  const text = reading.readFlagFile(file).trim()
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
    const [issue] = result.issues
    const text = describeProblem(issue, { secret: row.secret === true })
    const path = key === undefined ? [] : [...key.split("."), ...unknownKeyOf(issue)]
    reading.problems.push({
      where: unknownKeyOf(issue).length > 0 ? reading.placeOf(path, "key") : where,
      ...(key !== undefined && { key: path.join(".") }),
      text,
    })
    return undefined
  }
  const value =
    row.path && typeof result.output === "string"
      ? resolvePath(result.output, dirname(reading.paths.configFile), reading.environment)
      : result.output
  return { value, source }
}

/** Where in a value there is a key that nobody knows. */
function unknownKeyOf(issue: v.BaseIssue<unknown>): readonly string[] {
  if (issue.type !== "strict_object" || issue.expected !== "never") return []
  return (issue.path ?? []).map(({ key }) => String(key))
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
    const text = readText(path).trim()
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

/** Where a setting was set: a line of the file, a flag, a variable. */
type WhereIs = (key: SettingKey) => string

function refuse(key: SettingKey, text: string, whereIs: WhereIs): never {
  throw new ConfigError([{ where: whereIs(key), key, text }])
}

function refuseOpenDoors(settings: Settings, whereIs: WhereIs): void {
  const door = settings.gateway.token === undefined ? findDoor(settings) : undefined
  if (door === undefined) return
  const hint = "set gateway.token, CLAWDIS_GATEWAY_TOKEN or --token-file"
  refuse(door.key, `refusing to ${door.does} without a token: ${hint}`, whereIs)
}

/** Whether others than this machine's users can come in, so that a token must be asked for. */
export function needsToken(settings: Settings): boolean {
  return findDoor(settings) !== undefined
}

function findDoor({ gateway }: Settings): { key: SettingKey; does: string } | undefined {
  const { allowedHosts, bind, trustedProxies } = gateway
  if (!isLoopback(bind)) return { key: "gateway.bind", does: `listen on ${bind}` }
  if (allowedHosts.length > 0) {
    return { key: "gateway.allowedHosts", does: `be reached as ${allowedHosts[0]}` }
  }
  if (trustedProxies.length > 0) {
    return { key: "gateway.trustedProxies", does: `be reached through ${trustedProxies[0]}` }
  }
  return undefined
}

function refuseMissingCommand({ agent }: Settings, whereIs: WhereIs): void {
  if (agent.engine !== "acp" || agent.command !== undefined) return
  const text = "acp needs agent.command: a preset's name, or a list of a program and its arguments"
  refuse("agent.engine", text, whereIs)
}

/** A text is never run: it would be read as a line of a shell, which it is not. */
function refuseUnknownPreset(
  { agent }: Settings,
  presets: readonly string[],
  whereIs: WhereIs,
): void {
  const { command } = agent
  if (typeof command !== "string" || presets.includes(command)) return
  const nearest = findNearest(command, presets)
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`
  const text = `there is no preset ${quote(command)}${hint}. Presets are ${presets.join(", ")}; any other program is a list of it and its arguments`
  refuse("agent.command", text, whereIs)
}

/** An alarm that goes nowhere would be missed when it counts. */
function refuseUnknownAddress(
  { alerts }: Settings,
  channels: readonly ChannelSource[],
  whereIs: WhereIs,
): void {
  const { to } = alerts
  if (to === undefined) return
  if (channels.some(({ readTarget }) => readTarget(to, false) !== undefined)) return
  const text = "is not an address of a channel, such as +15550100000 or telegram:12345"
  refuse("alerts.to", text, whereIs)
}

function findWarnings({ gateway }: Settings): readonly string[] {
  if (gateway.token === undefined || gateway.token.length >= MIN_TOKEN_LENGTH) return []
  return [`gateway.token has fewer than ${MIN_TOKEN_LENGTH} characters and can be guessed`]
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
