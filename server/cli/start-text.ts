// What a start says: where everything is, and why a port cannot be had.

import { CHANNEL_WORDS } from "#protocol"
import { CHANNELS } from "../channels/index.ts"
import { type Config, describeToken } from "../config/config.ts"
import { findListeners } from "../host/port.ts"
import { readCommit } from "../host/version.ts"
import type { Assembled } from "./assemble.ts"

/** The lines of the banner. */
export function describeStart(
  config: Config,
  { gateway, port, webchatPort }: Assembled,
  version: string,
): string[] {
  const bind = toHost(config.gateway.bind)
  const { agent, channels } = gateway.health
  const commit = readCommit()
  const row = (name: string, value: string) => `${name.padEnd(10)}${value}`
  const states = CHANNELS.map(({ howToConfigure, id }) => {
    const health = channels[id]
    const isOff = health?.configured !== true || (health.linked === false && health.state === "off")
    // Only the configuration can have switched off a channel that is linked by a command.
    if (health?.linked === false && !health.configured) return row(id, "off in the configuration")
    if (health?.linked === false && isOff) {
      return row(id, "not linked. Link it with: clawdis login, or on the page")
    }
    return row(id, isOff ? `off. ${howToConfigure}` : CHANNEL_WORDS[health.state])
  })
  return [
    `clawdis ${version}${commit === undefined ? "" : ` (${commit})`}`,
    row("control", `ws://${bind}:${port}`),
    row("webchat", `http://${bind}:${webchatPort ?? port}/`),
    row("token", describeToken(config)),
    row("log", config.logging.file),
    row(
      "agent",
      `${agent.engine}: ${agent.state}${agent.lastError === undefined ? "" : ` (${agent.lastError})`}`,
    ),
    ...states,
  ]
}

export function anotherListens(bind: string, port: number, who: string): string {
  return `another gateway instance is already listening on ws://${toHost(bind)}:${port} (${who}); stop it, or start with --force`
}

export async function explainPort(
  bind: string,
  port: number,
  error: NodeJS.ErrnoException,
  timeoutMs: number,
): Promise<string> {
  if (error.code !== "EADDRINUSE")
    return `cannot listen on ${toHost(bind)}:${port}: ${whyNot(error)}`
  const holder = await nameHolder(port, timeoutMs)
  return anotherListens(bind, port, holder ?? "lsof does not tell who")
}

interface WantedPorts {
  readonly gateway: Pick<Config["gateway"], "bind">
  readonly webchat: Pick<Config["webchat"], "port">
}

export async function explainWebchat(
  { gateway, webchat }: WantedPorts,
  { port, webchatError }: Pick<Assembled, "port" | "webchatError">,
  timeoutMs: number,
): Promise<string> {
  const page = `the page is at http://${toHost(gateway.bind)}:${port}/`
  if (webchatError?.code !== "EADDRINUSE") {
    return `the WebChat port ${webchat.port} cannot be opened: ${whyNot(webchatError)}; ${page}`
  }
  const holder = await nameHolder(webchat.port, timeoutMs)
  const who = holder === undefined ? "" : ` (${holder})`
  return `the WebChat port ${webchat.port} is taken${who}; ${page}`
}

function whyNot(error: NodeJS.ErrnoException | undefined): string {
  if (error?.code !== "EACCES") return error?.message ?? "the reason is not known"
  return "this user may not listen there (EACCES); ports below 1024 often need more rights"
}

async function nameHolder(port: number, timeoutMs: number): Promise<string | undefined> {
  try {
    const [holder] = await findListeners(port, { timeoutMs })
    return holder && `pid ${holder.pid}, ${holder.command}`
  } catch {
    // Without lsof nobody knows; the port is taken all the same.
    return undefined
  }
}

/** As an address stands in a URL. */
export function toHost(bind: string): string {
  return bind.includes(":") ? `[${bind}]` : bind
}
