// Where the gateway is and what opens it: the flag, the environment, the file that the running gateway
// left in its state folder, the default, in this order.

import { existsSync } from "node:fs"
import { OperatorError } from "../host/errors.ts"
import { type Instance, readInstance } from "../host/instance-file.ts"
import { type Paths, resolvePath, resolvePaths } from "../host/paths.ts"
import { readVersion } from "../host/version.ts"
import type { FlagValues, Io } from "./command.ts"
import { parsePort, toTokenFlags } from "./flags.ts"
import type { Link } from "./gw/connect.ts"
import { UsageError } from "./usage-error.ts"

const DEFAULT_PORT = 18_789
const LOOPBACK = "127.0.0.1"

export async function resolveLink(
  flags: FlagValues,
  io: Io,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Link> {
  const url = flags.text("url")
  const port = flags.number("port")
  if (url !== undefined && port !== undefined) {
    throw new UsageError("--url and --port exclude each other.")
  }
  const token = await resolveToken(flags, io, { ours: url === undefined })
  return {
    url: url ?? (port === undefined ? resolveUrl(io) : `ws://${LOOPBACK}:${port}`),
    ...(token !== undefined && { token }),
    version: readVersion(),
    timeoutMs: flags.number("timeout") ?? timeoutMs,
    signal,
  }
}

function resolveUrl({ environment }: Io): string {
  const text = environment["CLAWDIS_GATEWAY_PORT"]
  if (text !== undefined && text !== "") {
    try {
      return `ws://${LOOPBACK}:${parsePort(text)}`
    } catch (error) {
      throw new OperatorError("CLAWDIS_GATEWAY_PORT must be a number from 0 to 65535.", {
        cause: error,
      })
    }
  }
  const instance = readOwnInstance(environment)
  return `ws://${instance?.address ?? LOOPBACK}:${instance?.port ?? DEFAULT_PORT}`
}

/** What the gateway of this state folder left there when it started. */
export function readOwnInstance(environment: Io["environment"]): Instance | undefined {
  const paths = statePaths(environment)
  return paths === undefined ? undefined : readInstance(paths.instanceFile)
}

/** A client needs no state folder; without one it only knows less. */
function statePaths(environment: Io["environment"]): Paths | undefined {
  try {
    return resolvePaths(environment)
  } catch (error) {
    if (error instanceof OperatorError) return undefined
    throw error
  }
}

async function resolveToken(
  flags: FlagValues,
  io: Io,
  { ours }: { readonly ours: boolean },
): Promise<string | undefined> {
  const { token, tokenFile } = toTokenFlags(flags)
  if (token !== undefined) return token
  if (tokenFile !== undefined) {
    const { createFlagFiles } = await import("../config/flag-files.ts")
    const read = createFlagFiles({ say: (line) => void io.stderr.write(`${line}\n`) })
    const text = read(resolvePath(tokenFile, process.cwd(), io.environment)).trim()
    if (text === "") throw new OperatorError(`${tokenFile} must not be blank.`)
    return text
  }
  const fromEnvironment = io.environment["CLAWDIS_GATEWAY_TOKEN"]
  if (fromEnvironment !== undefined && fromEnvironment.trim() !== "") return fromEnvironment
  // The token of this machine's gateway is not for whatever gateway --url names.
  return ours ? readOwnToken(io) : undefined
}

async function readOwnToken({ environment, stderr }: Io): Promise<string | undefined> {
  const paths = statePaths(environment)
  if (paths === undefined || !existsSync(paths.configFile)) return undefined
  const { readGatewayToken } = await import("../config/gateway-token.ts")
  try {
    return readGatewayToken(paths)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    stderr.write(`${error.message}; going on without its token\n`)
    return undefined
  }
}
