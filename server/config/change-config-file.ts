// Changes the configuration file for a person who asks for it. Nothing is written with which the gateway
// would not start, and what the change is not about stays as it stands.

import { readFileSync, realpathSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { writeFileAtomically } from "../host/atomic-file.ts"
import { FatalError } from "../host/errors.ts"
import { makeFolder } from "../host/make-folder.ts"
import { reasonOf, resolvePaths } from "../host/paths.ts"
import { type Config, type ConfigInput, loadConfig } from "./config.ts"
import { ConfigError, type ConfigProblem } from "./config-error.ts"
import { attempt, parseConfig, readText } from "./config-file.ts"

type World = Pick<ConfigInput, "environment" | "channels" | "presets">

/** From the text of the file to the text that it is to have; of a file that is not there it is empty. */
export type Edit = (text: string) => string

export type Change =
  | { readonly status: "made" | "changed" | "same"; readonly config: Config }
  /** The gateway would not start with it; the places of the problems are nowhere yet. */
  | { readonly status: "refused"; readonly problems: readonly ConfigProblem[] }

/**
 * Writes the first of the edits that gives a configuration. Rejects with a ConfigError where the file cannot
 * be used as it is, and with a FatalError where somebody else has changed it meanwhile.
 */
export async function changeConfigFile(edits: readonly Edit[], world: World): Promise<Change> {
  const { configFile } = resolvePaths(world.environment)
  const before = readText(configFile, { optional: true })
  if (before !== undefined && before.trim() !== "") parseConfig(before, configFile)
  let refused: ConfigError | undefined
  for (const edit of edits) {
    const text = edit(before ?? "")
    const config = tryToLoad(world, text.trim() === "" && before === undefined ? "{}" : text)
    if (config instanceof ConfigError) {
      refused ??= config
      continue
    }
    if (text === (before ?? "")) return { status: "same", config }
    await write(configFile, text, before)
    return { status: before === undefined ? "made" : "changed", config }
  }
  // What is wrong already is said with its place.
  const known = tryToLoad(world, before ?? "{}")
  if (known instanceof ConfigError) throw known
  return { status: "refused", problems: refused?.problems ?? [] }
}

function tryToLoad(world: World, fileText: string): Config | ConfigError {
  try {
    return loadConfig({ ...world, flags: {}, fileText })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

async function write(configFile: string, text: string, before: string | undefined): Promise<void> {
  const beforeRename = () => {
    if (readText(configFile, { optional: true }) === before) return
    throw new FatalError(`${configFile} has changed meanwhile; nothing was written. Try again.`)
  }
  try {
    if (before === undefined) {
      makeFolder(dirname(configFile), 0o700)
      await writeFileAtomically(configFile, text, { beforeRename })
      return
    }
    // Through a link what it leads to is changed, not the link.
    const target = realpathSync(configFile)
    const { mode, uid, gid } = statSync(target)
    // A renaming would replace it all the same.
    if ((mode & 0o222) === 0) {
      throw new ConfigError([
        { where: configFile, text: "is not to be written: its mode forbids it" },
      ])
    }
    await writeFileAtomically(target, markOf(target) + text, {
      mode: mode & 0o777,
      ...(uid !== process.getuid?.() && { owner: { uid, gid } }),
      beforeRename,
    })
  } catch (error) {
    if (error instanceof FatalError) throw error
    throw new ConfigError([{ where: configFile, text: `cannot be written: ${reasonOf(error)}` }], {
      cause: error,
    })
  }
}

/** The byte order mark that some editors put in front. It is no part of the text that is read. */
function markOf(path: string): string {
  const bytes = attempt(path, () => readFileSync(path))
  return bytes.subarray(0, 3).equals(Buffer.from("\uFEFF")) ? "\uFEFF" : ""
}
