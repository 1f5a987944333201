// What the readers of single settings share.

import { isObject } from "#protocol"
import type { Environment, Paths } from "../host/paths.ts"
import { ConfigError, type ConfigProblem } from "./config-error.ts"
import type { ReadFlagFile } from "./flag-files.ts"
import type { GatewayFlags } from "./flags.ts"

/** What every reader of a setting looks at, and where it puts what it finds wrong. */
export interface Reading {
  readonly flags: GatewayFlags
  readonly readFlagFile: ReadFlagFile
  readonly environment: Environment
  readonly paths: Paths
  readonly root: Readonly<Record<string, unknown>>
  readonly placeOf: (path: readonly PropertyKey[], what: "key" | "value") => string
  readonly problems: ConfigProblem[]
}

/** What stands at `path`, own keys only. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root
  for (const step of path) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined
    value = value[step]
  }
  return value
}

/** What `read` gives; what is wrong with a file that it reads is put to the other problems. */
export function collect<Result>(problems: ConfigProblem[], read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.problems)
    return undefined
  }
}
