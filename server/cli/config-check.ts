// `config check`: what a gateway that starts now would say of its configuration, with nothing left out.

import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { loadConfig } from "../config/config.ts"
import { ConfigError, type ConfigProblem } from "../config/config-error.ts"
import { type Environment, resolvePaths } from "../host/paths.ts"
import { CONFIG_TABLES } from "./config-tables.ts"
import { messageOf, toTerminalText } from "./output.ts"

export type Checked =
  | {
      readonly ok: true
      readonly file: string
      readonly exists: boolean
      readonly warnings: readonly string[]
    }
  | {
      readonly ok: false
      readonly error: {
        readonly code: "FAILED"
        readonly message: string
        readonly details: { readonly problems: readonly ConfigProblem[] }
      }
    }

/** Of the file that would be used, or of the one that is named. */
export function checkConfig(given: Environment, file?: string): Checked {
  const environment = file === undefined ? given : { ...given, CLAWDIS_CONFIG_PATH: resolve(file) }
  const { configFile } = resolvePaths(environment)
  try {
    const { warnings } = loadConfig({ ...CONFIG_TABLES, flags: {}, environment })
    return { ok: true, file: configFile, exists: existsSync(configFile), warnings }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const { problems } = error
    return {
      ok: false,
      error: { code: "FAILED", message: messageOf(error), details: { problems } },
    }
  }
}

export function toCheckText({ exists, file, warnings }: Checked & { readonly ok: true }): string {
  const lines = [
    exists ? `${file} is fine.` : `${file} is not there: every setting is as it comes.`,
    ...warnings.map((warning) => `warning: ${warning}`),
  ]
  return toTerminalText(`${lines.join("\n")}\n`)
}

/** A line each. */
export function toProblemLines(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(({ key, text, where }) =>
    key === undefined ? `${where} ${text}\n` : `${where} ${key}: ${text}\n`,
  )
  return toTerminalText(lines.join(""))
}
