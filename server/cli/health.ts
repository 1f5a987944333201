// The health snapshot as text for people.

import { CHANNEL_WORDS, type ChannelHealth, type HealthSnapshot, toChannelWord } from "#protocol"
import { toOneLine } from "../host/terminal.ts"
import { toAge } from "./age.ts"

export interface HealthView {
  readonly health: HealthSnapshot
  readonly url: string
}

export function toHealthText({ health, url }: HealthView): string {
  return `${toHealthLines({ health, url }).join("\n")}\n`
}

export function toHealthLines({ health, url }: HealthView): readonly string[] {
  const { agent, storage, config, webchat, outbox, sessions } = health
  return [
    `Gateway ${toOneLine(health.version)} at ${url}: ${health.ok ? "healthy" : "NOT healthy"}`,
    row("up", toAge(health.uptimeMs)),
    ...Object.entries(health.channels).map(([id, channel]) =>
      row(toOneLine(id), describeChannel(channel, health.ts)),
    ),
    row("agent", withError(`${toOneLine(agent.engine)}, ${agent.state}`, agent.lastError)),
    row(
      "storage",
      withError(`${storage.ok ? "ok" : "failing"}, ${toOneLine(storage.path)}`, storage.lastError),
    ),
    row("config", withError(config.ok ? "ok" : "invalid", config.lastError)),
    row("WebChat", withError(describeWebChat(webchat), webchat.lastError)),
    row("outbox", describeOutbox(outbox)),
    row("sessions", String(sessions.count)),
    ...(health.lagMs >= 1_000 ? [row("lag", `${toAge(health.lagMs)} in the last minute`)] : []),
  ]
}

export function row(name: string, text: string): string {
  return `  ${name.padEnd(9)} ${text}`
}

const NOT_LINKED = `${CHANNEL_WORDS.not_linked}. Link it with: clawdis login`

function describeChannel(channel: ChannelHealth, now: number): string {
  if (channel.linked === false && !channel.configured) return "switched off in the configuration"
  const word = toChannelWord(channel)
  if (word === "not_linked") {
    const isNews = channel.lastError !== undefined
    return isNews ? withError(CHANNEL_WORDS[word], channel.lastError) : NOT_LINKED
  }
  if (!channel.configured) return "not configured"
  const { linked, self, authAgeMs, connectedAt, lastInboundAt, lastError, retryAt } = channel
  const parts = [
    `${CHANNEL_WORDS[word]}${connectedAt === undefined ? "" : ` for ${toAge(now - connectedAt)}`}`,
    ...describeAccount(linked, self, authAgeMs),
    ...(lastInboundAt === undefined ? [] : [`last message ${toAge(now - lastInboundAt)} ago`]),
    ...(retryAt === undefined ? [] : [`next try in ${toAge(retryAt - now)}`]),
  ]
  return withError(parts.join(", "), lastError)
}

function describeAccount(linked?: boolean, self?: string, authAgeMs?: number | null) {
  const as = self === undefined ? [] : [`as ${toOneLine(self)}`]
  if (linked === undefined) return as
  if (!linked) return ["not linked", ...as]
  const age = typeof authAgeMs === "number" ? [`${toAge(authAgeMs)} ago`] : []
  return [["linked", ...as, ...age].join(" ")]
}

function describeOutbox({ pending, failed, unknown }: HealthSnapshot["outbox"]): string {
  const counts = `${pending} pending, ${failed} failed, ${unknown} unknown`
  return failed + unknown === 0 ? counts : `${counts}. See: clawdis outbox`
}

function describeWebChat({ state, port }: HealthSnapshot["webchat"]): string {
  return state === "open" && port !== undefined ? `http://127.0.0.1:${port}` : state
}

function withError(text: string, error: string | undefined): string {
  return error === undefined ? text : `${text}: ${toOneLine(error)}`
}
