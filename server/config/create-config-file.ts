// Makes the configuration file of somebody who has none. Nothing else in the program writes it.

import { randomUUID } from "node:crypto"
import { link, rm, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { makeFolder } from "../host/make-folder.ts"
import { reasonOf, resolvePaths } from "../host/paths.ts"
import { type ConfigInput, loadConfig } from "./config.ts"
import { ConfigError } from "./config-error.ts"

const HEAD =
  "// Made by `clawdis setup`. It may be changed by hand; every setting: docs/configuration.md\n"

/**
 * Writes it, readable by its owner alone, unless there is one: then it gives false. Rejects with a
 * ConfigError for a configuration with which the gateway would not start; no file is left then.
 */
export async function createConfigFile(
  config: Readonly<Record<string, unknown>>,
  world: Pick<ConfigInput, "environment" | "channels" | "presets">,
): Promise<boolean> {
  const { configFile } = resolvePaths(world.environment)
  const temporary = `${configFile}.${randomUUID()}.tmp`
  try {
    makeFolder(dirname(configFile), 0o700)
    const text = `${HEAD}${JSON.stringify(config, null, 2)}\n`
    await writeFile(temporary, text, { flag: "wx", mode: 0o600, flush: true })
    check(world, { temporary, configFile })
    // Unlike a renaming it fails where somebody else was faster.
    await link(temporary, configFile)
    return true
  } catch (error) {
    if (error instanceof ConfigError) throw error
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw new ConfigError([{ where: configFile, text: `cannot be made: ${reasonOf(error)}` }], {
      cause: error,
    })
  } finally {
    await rm(temporary, { force: true })
  }
}

/** As the gateway will read it, in the same folder, from which relative paths are taken. */
function check(
  { environment, ...rest }: Pick<ConfigInput, "environment" | "channels" | "presets">,
  { temporary, configFile }: { readonly temporary: string; readonly configFile: string },
): void {
  try {
    loadConfig({
      ...rest,
      flags: {},
      environment: { ...environment, CLAWDIS_CONFIG_PATH: temporary },
    })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(
      error.problems.map(({ where, ...problem }) => ({
        ...problem,
        where: where.replace(temporary, configFile),
      })),
      { cause: error },
    )
  }
}
