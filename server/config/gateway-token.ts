import type { Paths } from "../host/paths.ts"
import { readConfigFile } from "./config-file.ts"
import { valueAt } from "./reading.ts"

/** The token in the configuration file, for clients on the same machine. Throws a ConfigError. */
export function readGatewayToken(paths: Paths): string | undefined {
  const token = valueAt(readConfigFile(paths)?.value, ["gateway", "token"])
  return typeof token === "string" && token.trim() !== "" ? token : undefined
}
