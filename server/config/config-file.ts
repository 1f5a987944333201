// Reads the configuration file, or says in one sentence why it cannot.

import { lstatSync, readFileSync, statSync } from "node:fs"
import { type Paths, reasonOf } from "../host/paths.ts"
import { ConfigError } from "./config-error.ts"
import { Json5Error, type LocatedValue, parseJson5 } from "./json5.ts"

const MAX_BYTES = 1024 * 1024

/** Undefined if there is no file and none was asked for by name. Throws a ConfigError. */
export function readConfigFile(
  paths: Pick<Paths, "configFile" | "configFileNamed">,
): LocatedValue | undefined {
  const { configFile, configFileNamed } = paths
  const text = readText(configFile, { optional: !configFileNamed })
  return text === undefined ? undefined : parseConfig(text, configFile)
}

/** Throws a ConfigError that names the file. */
export function parseConfig(text: string, configFile: string): LocatedValue {
  try {
    return parseJson5(text)
  } catch (error) {
    if (!(error instanceof Json5Error)) throw error
    const { line, column } = error.position
    throw new ConfigError(
      [{ where: `${configFile}:${line}:${column}`, text: `is not JSON5: ${error.message}` }],
      { cause: error },
    )
  }
}

/** The text of a small file. Throws a ConfigError that names it. */
export function readText(path: string, options?: { readonly optional?: false }): string
export function readText(path: string, options: { readonly optional: boolean }): string | undefined
export function readText(
  path: string,
  { optional = false }: { readonly optional?: boolean } = {},
): string | undefined {
  const stats = attempt(path, () => statSync(path, { throwIfNoEntry: false }))
  if (stats === undefined) {
    if (optional && !attempt(path, () => isLink(path))) return undefined
    throw new ConfigError([{ where: path, text: "does not exist" }])
  }
  if (stats.isDirectory()) throw new ConfigError([{ where: path, text: "is a folder, not a file" }])
  // Reading from a pipe or a device might never end.
  if (!stats.isFile()) throw new ConfigError([{ where: path, text: "is not a regular file" }])
  if (stats.size > MAX_BYTES) {
    throw new ConfigError([{ where: path, text: "is larger than 1 MB" }])
  }
  const bytes = attempt(path, () => readFileSync(path))
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ConfigError([{ where: path, text: "is not UTF-8 text" }], { cause: error })
  }
}

/** A link is meant to lead somewhere. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** What the system answers with, as a ConfigError that names the file. */
export function attempt<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw new ConfigError([{ where: path, text: `cannot be read: ${reasonOf(error)}` }], {
      cause: error,
    })
  }
}
