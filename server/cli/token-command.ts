// The row of `token`: the gateway's shared secret, for those who may read its configuration anyway.

import { randomBytes } from "node:crypto"
import { FatalError } from "../host/errors.ts"
import type { Environment, Paths } from "../host/paths.ts"
import type { Command } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { JSON_FLAG } from "./flags.ts"
import { UsageError } from "./usage-error.ts"

const ACTIONS = "show or new"
const VARIABLE = "CLAWDIS_GATEWAY_TOKEN"

/** Too many to guess; as hexadecimal digits it is one word wherever it is put, and no flag. */
const TOKEN_BYTES = 24

export const TOKEN_COMMAND: Command = {
  name: "token",
  summary: "the token that clients must show, or a fresh one",
  arguments: [{ form: "[action]", help: ACTIONS }],
  flags: [JSON_FLAG],
  examples: [
    "clawdis token show",
    "clawdis token new",
    "(umask 077; clawdis token new > ~/.clawdis/token)",
  ],
  notes: [
    `show looks into ${VARIABLE} and the configuration file, and nowhere else: a gateway that was started`,
    "with --token or --token-file has the one from there. new changes nothing.",
  ],
  async run({ arguments: [action = "show"], flags, io, print }) {
    if (action !== "show" && action !== "new") {
      throw new UsageError(`unknown action: ${action} (it must be ${ACTIONS})`)
    }
    const { resolvePaths } = await import("../host/paths.ts")
    const paths = resolvePaths(io.environment)
    const { token, source, note } =
      action === "show" ? await find(io.environment, paths) : make(paths)
    if (flags.isSet("json")) {
      print({ token, ...(source !== undefined && { source }) })
      return EXIT.ok
    }
    io.stdout.write(`${token}\n`)
    io.stderr.write(`${note}\n`)
    return EXIT.ok
  },
}

interface Found {
  readonly token: string
  readonly source?: string
  readonly note: string
}

async function find(environment: Environment, paths: Paths): Promise<Found> {
  const fromEnvironment = environment[VARIABLE]
  if (fromEnvironment !== undefined && fromEnvironment.trim() !== "") {
    return toFound(fromEnvironment, VARIABLE)
  }
  const { readGatewayToken } = await import("../config/gateway-token.ts")
  const token = readGatewayToken(paths)
  if (token !== undefined) return toFound(token, `gateway.token in ${paths.configFile}`)
  throw new FatalError(
    `No token is set, neither in ${VARIABLE} nor in ${paths.configFile}: every user of this machine may connect. Make one with: clawdis token new`,
  )
}

function toFound(token: string, source: string): Found {
  return { token, source, note: `from ${source}` }
}

function make({ configFile }: Paths): Found {
  return {
    token: randomBytes(TOKEN_BYTES).toString("hex"),
    note: [
      "Nothing has changed yet. To ask every client for it, do one of these:",
      `  put it into ${configFile} with: clawdis config set gateway.token -`,
      "  which asks for it, or takes it from a pipe; a running gateway takes it at once",
      `  keep it in a file that only you can read, and start: clawdis gateway --token-file <file>`,
      `  set ${VARIABLE} where the gateway starts`,
    ].join("\n"),
  }
}
