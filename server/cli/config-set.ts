// `config set` and `config unset`: one key of the file.

import { GatewayError } from "#protocol"
import { type Change, changeConfigFile, type Edit } from "../config/change-config-file.ts"
import { parseJson5 } from "../config/json5.ts"
import { setInJson5, unsetInJson5 } from "../config/json5-edit.ts"
import { findSettings, isSecretSetting, type Named } from "../config/known-settings.ts"
import { isLiveKey } from "../config/live-config.ts"
import { resolvePaths } from "../host/paths.ts"
import type { Invocation } from "./command.ts"
import { CONFIG_TABLES } from "./config-tables.ts"
import { toTerminalText } from "./output.ts"
import { readValue } from "./read-value.ts"
import { refuseUnknownKey, toPath } from "./setting-key.ts"
import { UsageError } from "./usage-error.ts"

export interface Changed {
  readonly key: string
  readonly file: string
  readonly status: "made" | "changed" | "same"
  /** When a running gateway takes it. */
  readonly takes: "at once" | "after a restart"
  /** What wins over the file here: a variable of the environment. */
  readonly overruledBy?: string
}

/** Without a value the key is taken out. Rejects with INVALID_REQUEST for a value that cannot be used. */
export async function changeSetting(
  invocation: Invocation,
  key: string,
  given: string | undefined,
): Promise<Changed> {
  const { io } = invocation
  const path = toPath(key)
  const named = findSettings(path, CONFIG_TABLES.channels)
  const isUnset = given === undefined
  if (!isUnset) refuseNoSetting(key, named)
  const setting = named.kind === "setting" ? named.key : key
  const edits = isUnset
    ? [(text: string) => unsetInJson5(text, path)]
    : toEdits(path, await toCandidates(invocation, setting, given))
  const world = { ...CONFIG_TABLES, environment: io.environment }
  const change = await changeConfigFile(edits, world)
  if (change.status === "refused") refuse(change.problems, { key, given })
  // What nobody knows may be taken out where it stands.
  if (change.status === "same" && named.kind === "unknown") refuseUnknownKey(key, named.nearest)
  const source = change.config.sources[setting] ?? ""
  return {
    key,
    file: resolvePaths(io.environment).configFile,
    status: change.status,
    takes: isLiveKey(setting) ? "at once" : "after a restart",
    ...(source.startsWith("environment ") && { overruledBy: source.slice("environment ".length) }),
  }
}

function refuseNoSetting(key: string, named: Named): void {
  if (named.kind === "unknown") refuseUnknownKey(key, named.nearest)
  if (named.kind === "section") {
    throw new UsageError(`${key} has several settings; set one of ${named.keys.join(", ")}`)
  }
}

/** What the word may mean, the likeliest first. */
async function toCandidates(
  { io, progress }: Invocation,
  setting: string,
  given: string,
): Promise<readonly unknown[]> {
  const isSecret = isSecretSetting(setting)
  if (given === "-") {
    const text = await readValue(io, { key: setting, isSecret, progress })
    return isSecret ? [text] : [...asJson5(text), text]
  }
  if (isSecret || (URL.parse(given)?.password ?? "") !== "") {
    io.stderr.write(
      `Others may have seen this value, in the list of processes or in the shell's history; ${setting} - reads it instead.\n`,
    )
  }
  return [...asJson5(given), given]
}

function asJson5(text: string): readonly unknown[] {
  try {
    return [parseJson5(text).value]
  } catch {
    // Then it can only be meant as the text that it is.
    return []
  }
}

function toEdits(path: readonly string[], candidates: readonly unknown[]): readonly Edit[] {
  return candidates.map((value) => (text) => setInJson5(text, path, value))
}

/** The places of the problems are of a text that nobody has seen, so they are left out. */
function refuse(
  problems: (Change & { readonly status: "refused" })["problems"],
  { given, key }: { readonly key: string; readonly given: string | undefined },
): never {
  const texts = problems.map((problem) =>
    problem.key === undefined || problem.key === key
      ? problem.text
      : `${problem.key}: ${problem.text}`,
  )
  const does = given === undefined ? "be taken out" : "be set to that"
  // The command line was understood, so its usage would only hide the reason.
  throw new GatewayError(
    "INVALID_REQUEST",
    `${key} cannot ${does}, and nothing was written: ${texts.join("; ")}`,
  )
}

export function toChangeText({ file, key, overruledBy, status, takes }: Changed): string {
  if (status === "same") return toTerminalText(`${file} said so already; nothing was written.\n`)
  const lines = [
    `${key} is ${status === "made" ? `set in ${file}, which was made` : `changed in ${file}`}.`,
    overruledBy === undefined
      ? `A running gateway takes it ${takes}.`
      : `It does not count while ${overruledBy} is set, as it is here.`,
  ]
  return toTerminalText(`${lines.join("\n")}\n`)
}
