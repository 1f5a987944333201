// Makes the configuration file of somebody who has none.

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
    const fileText = `${HEAD}${JSON.stringify(config, null, 2)}\n`
    loadConfig({ ...world, flags: {}, fileText })
    makeFolder(dirname(configFile), 0o700)
    await writeFile(temporary, fileText, { flag: "wx", mode: 0o600, flush: true })
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
