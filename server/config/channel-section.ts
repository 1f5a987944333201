// What stands under `channels.<id>`: each channel has its own form. One rule is common to all: a key that
// ends in `Token` is a secret; it may come from the environment (`<ID>_<KEY>`, such as ABC_BOT_TOKEN for
// `abc.botToken`) and from a file that `<key>File` names.

import { dirname } from "node:path"
import * as v from "valibot"
import { isObject } from "#protocol"
import type { ChannelDefinition, ChannelSettings } from "../channels/channel.ts"
import { resolvePath } from "../host/paths.ts"
import { readText } from "./config-file.ts"
import { toUnknown } from "./known-keys.ts"
import { describeProblem } from "./problem.ts"
import { collect, type Reading } from "./reading.ts"

/** What the configuration needs of a row of the table of channels. */
export type ChannelSource = Pick<ChannelDefinition, "id" | "Settings" | "readTarget">

export interface ChannelSection {
  /** Undefined if something is wrong, which is then among the problems. */
  readonly settings: ChannelSettings | undefined
  readonly sources: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

export function readChannelSection(
  { id, Settings }: ChannelSource,
  reading: Reading,
): ChannelSection {
  const { placeOf, problems } = reading
  const section = sectionOf(id, reading)
  const known = "entries" in Settings && isObject(Settings.entries) ? Settings.entries : undefined
  const given: Record<string, unknown> = {}
  const sources: Record<string, string> = {}
  for (const [key, value] of Object.entries(section)) {
    if (known !== undefined && !Object.hasOwn(known, key)) {
      const { path, what, problem } = toUnknown(["channels", id, key], Object.keys(known))
      problems.push({ where: placeOf(path, what), ...problem })
      continue
    }
    given[key] = value
    sources[`channels.${id}.${key}`] = "file"
  }
  const secretKeys = Object.keys(known ?? {}).filter((key) => key.endsWith("Token"))
  for (const key of secretKeys) fillSecret({ id, key, given, sources }, reading)

  const result = v.safeParse(Settings, given)
  if (!result.success) {
    for (const issue of result.issues) {
      const path = (issue.path ?? []).map((item) => String(item.key))
      const secret = secretKeys.includes(path[0] ?? "")
      const key = ["channels", id, ...path].join(".")
      const what = issue.expected === "never" ? "key" : "value"
      const where = elsewhere(sources[key]) ?? placeOf(["channels", id, ...path], what)
      problems.push({ where, key, text: describeProblem(issue, { secret }) })
    }
    return { settings: undefined, sources, secrets: [] }
  }
  for (const key of Object.keys(result.output as object))
    sources[`channels.${id}.${key}`] ??= "default"
  const texts = Object.values(given).filter((value) => typeof value === "string")
  const secrets = secretKeys.map((key) => given[key]).filter((value) => typeof value === "string")
  return {
    settings: result.output,
    sources,
    secrets: [...secrets, ...texts.flatMap((text) => passwordIn(text))],
  }
}

/** A URL, such as a proxy's, may hold a password: as it stands there, and as it is meant. */
function passwordIn(text: string): string[] {
  const password = URL.parse(text)?.password
  if (!password) return []
  // Unlike decodeURIComponent it takes a percent sign that encodes nothing.
  const meant = new URLSearchParams(`is=${password.replaceAll("+", "%2B")}`).get("is")
  return [password, meant ?? password]
}

/** A value that came from a variable or a file of its own has no place in the configuration file. */
function elsewhere(source: string | undefined): string | undefined {
  return source?.match(/^(?:environment|file) (.+)$/s)?.[1]
}

function sectionOf(id: string, { root, placeOf, problems }: Reading): Record<string, unknown> {
  const channels = root["channels"]
  if (!isObject(channels) || !Object.hasOwn(channels, id)) return {}
  const section = channels[id]
  if (isObject(section)) return section
  const where = placeOf(["channels", id], "value")
  problems.push({ where, key: `channels.${id}`, text: "must be an object" })
  return {}
}

interface Secret {
  readonly id: string
  readonly key: string
  readonly given: Record<string, unknown>
  readonly sources: Record<string, string>
}

/** The environment wins over the file; a file that is named there is read here, so that it is known as a secret. */
function fillSecret({ id, key, given, sources }: Secret, reading: Reading): void {
  const variable = toVariable(id, key)
  const text = reading.environment[variable]
  const fileKey = `${key}File`
  if (text !== undefined && text !== "") {
    given[key] = text
    sources[`channels.${id}.${key}`] = `environment ${variable}`
    delete given[fileKey]
    return
  }
  const path = given[fileKey]
  if (typeof path !== "string" || path === "" || given[key] !== undefined) return
  const { configFile } = reading.paths
  const file = resolvePath(path, dirname(configFile), reading.environment)
  const read = collect(reading.problems, () => readText(file).trim())
  delete given[fileKey]
  if (read === undefined) return
  given[key] = read
  sources[`channels.${id}.${key}`] = `file ${path}`
}

function toVariable(id: string, key: string): string {
  return `${id}_${key.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase()
}

/** What a channel has against a section that is not written yet, as the rest of a sentence; never a secret's value. */
export function findSectionProblem(
  { Settings }: ChannelSource,
  section: Readonly<Record<string, unknown>>,
): string | undefined {
  const result = v.safeParse(Settings, section)
  return result.success ? undefined : describeProblem(result.issues[0], { secret: true })
}
