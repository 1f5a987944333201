// Results of the gateway's tools as sentences. A field that is missing is left out of the sentence.

import { CHANNEL_WORDS, type ChannelState } from "#protocol"

/** The value at the end of a path of names, or undefined. */
function at(value: unknown, ...names: readonly string[]): unknown {
  let found = value
  for (const name of names) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Readonly<Record<string, unknown>>)[name]
  }
  return found
}

function textAt(value: unknown, ...names: readonly string[]): string | undefined {
  const found = at(value, ...names)
  return typeof found === "string" && found !== "" ? found : undefined
}

function numberAt(value: unknown, ...names: readonly string[]): number | undefined {
  const found = at(value, ...names)
  return typeof found === "number" ? found : undefined
}

function listAt(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const found = at(value, ...names)
  return Array.isArray(found) ? found : []
}

export function describeHealth(health: unknown): string {
  if (health === undefined) return "I could not look at the gateway's health."
  const version = textAt(health, "version")
  const upMs = numberAt(health, "uptimeMs")
  const lines = [
    `The gateway${version === undefined ? "" : ` ${version}`} is ${at(health, "ok") === false ? "**not well**" : "well"}${upMs === undefined ? "" : `; it has been up for ${describeAge(upMs)}`}.`,
  ]
  for (const [id, channel] of Object.entries(at(health, "channels") ?? {})) {
    lines.push(`- ${id}: ${describeChannel(channel)}`)
  }
  for (const part of ["storage", "config", "agent"]) {
    const error = textAt(health, part, "lastError")
    if (error !== undefined) lines.push(`- ${part}: ${error}`)
  }
  return lines.join("\n")
}

function describeChannel(channel: unknown): string {
  if (at(channel, "configured") === false) {
    return at(channel, "linked") === false ? "not linked" : "not set up"
  }
  const state = textAt(channel, "state") ?? "unknown"
  const self = textAt(channel, "self")
  const error = textAt(channel, "lastError")
  const known = Object.hasOwn(CHANNEL_WORDS, state) ? CHANNEL_WORDS[state as ChannelState] : state
  const linked = at(channel, "linked") === false ? CHANNEL_WORDS.not_linked : known
  return `${linked}${self === undefined ? "" : ` as ${self}`}${error === undefined ? "" : ` (${error})`}`
}

export function describeStatus(status: unknown): string {
  if (status === undefined) return "I could not look at what it is doing."
  // The run that asks is not news.
  const active = Math.max(0, (numberAt(status, "runs", "active") ?? 0) - 1)
  const queued = numberAt(status, "runs", "queued") ?? 0
  const conversations = numberAt(status, "sessions", "count") ?? 0
  const pending = numberAt(status, "outbox", "pending") ?? 0
  const failed = numberAt(status, "outbox", "failed") ?? 0
  const dropped = listAt(status, "dropped")
  const lines = [
    `${count(conversations, "conversation")}; ${count(active, "other run")} under way, ${queued} waiting; ${count(pending, "message")} to be sent${failed === 0 ? "" : `, ${failed} failed`}.`,
  ]
  for (const sender of dropped) {
    const [id, channel] = [textAt(sender, "id"), textAt(sender, "channel")]
    lines.push(
      `- ${textAt(sender, "name") ?? id} wrote on ${channel} and is not allowed, so I did not answer. To let them in: \`clawdis allow ${channel} ${id}\``,
    )
  }
  return lines.join("\n")
}

export function describePresence(presence: unknown): string {
  const entries = Array.isArray(presence) ? presence : listAt(presence, "presence")
  if (entries.length === 0) return "I could not see who is connected."
  const lines = entries.map(
    (entry) => `- ${textAt(entry, "text") ?? textAt(entry, "host") ?? "somebody"}`,
  )
  return [
    `${count(entries.length, "entry", "entries")} in the list of who is here:`,
    ...lines,
  ].join("\n")
}

const MAX_SESSIONS = 10

export function describeSessions(sessions: unknown): string {
  if (sessions === undefined) return "I could not look at the conversations."
  const rows = Array.isArray(sessions) ? sessions : listAt(sessions, "sessions")
  if (rows.length === 0) return "There are no conversations yet."
  const lines = rows.slice(0, MAX_SESSIONS).map((row) => {
    const title = textAt(row, "title")
    return `- \`${textAt(row, "key") ?? "?"}\`${title === undefined ? "" : ` ${title}`}`
  })
  const more = rows.length - lines.length
  if (more > 0) lines.push(`- and ${more} more`)
  return [`${count(rows.length, "conversation")}, the latest first:`, ...lines].join("\n")
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

function describeAge(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000)
  if (minutes < 1) return "less than a minute"
  if (minutes < 120) return count(minutes, "minute")
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? count(hours, "hour") : count(Math.floor(hours / 24), "day")
}
