// Who is here (rules P1 to P3): the gateway itself, its connections, and notes from elsewhere.

import { LIMITS, type PresenceEntry, type SystemEventParams } from "#protocol"
import type { Clock, Timer } from "../host/clock.ts"

export interface PresenceTimings {
  readonly presenceExpiryMs: number
}

/** What a connection says of itself in its hello. */
export interface PresenceClient {
  readonly name: string
  readonly version: string
  readonly platform: string
  readonly mode: string
  readonly instanceId?: string | undefined
  readonly ip?: string | undefined
}

export interface Presence {
  /** Newest first, the gateway's own entry before all. */
  list(): PresenceEntry[]
  connected(connId: string, client: PresenceClient): void
  disconnected(connId: string): void
  note(event: SystemEventParams): void
  stop(): void
}

export interface PresenceParts {
  readonly clock: Clock
  readonly timings: PresenceTimings
  readonly host: string
  readonly version: string
  /** The list is not what it was. */
  readonly changed: () => void
}

interface Known {
  entry: PresenceEntry
  /** Connections that hold the entry; one without any expires. */
  readonly holders: Set<string>
  expiry: Timer | undefined
}

/** The mode of clients that come and go with each command: they leave no entry. */
const TRANSIENT_MODE = "cli"

export function createPresence(parts: PresenceParts): Presence {
  const { clock } = parts
  const known = new Map<string, Known>()
  const startedAt = clock.now()

  function self(): PresenceEntry {
    return {
      host: parts.host,
      version: parts.version,
      mode: "gateway",
      platform: process.platform,
      reason: "self",
      text: `Gateway on ${parts.host}, version ${parts.version}`.slice(
        0,
        LIMITS.maxPresenceTextLength,
      ),
      ts: startedAt,
    }
  }

  function entryFor(key: string, entry: PresenceEntry): Known {
    const before = known.get(key)
    before?.expiry?.cancel()
    // Set anew, so that the order of the map is the order of the last change.
    known.delete(key)
    const at: Known = before ?? { entry, holders: new Set(), expiry: undefined }
    at.entry = entry
    known.set(key, at)
    return at
  }

  function expireLater(key: string, at: Known): void {
    at.expiry = clock.after(parts.timings.presenceExpiryMs, () => {
      known.delete(key)
      parts.changed()
    })
  }

  /** No more notes are kept than could be listed, however many somebody sends. */
  function forgetOldestNote(): void {
    const notes = [...known].filter(([, at]) => at.holders.size === 0)
    const [oldest] = notes
    if (notes.length <= LIMITS.maxPresenceEntries || oldest === undefined) return
    oldest[1].expiry?.cancel()
    known.delete(oldest[0])
  }

  return {
    list() {
      const others = [...known.values()].reverse()
      const open = others.filter((at) => at.holders.size > 0)
      const noted = others.filter((at) => at.holders.size === 0)
      return bounded([self(), ...[...open, ...noted].map((at) => at.entry)])
    },
    connected(connId, client) {
      if (client.mode === TRANSIENT_MODE) return
      const entry: PresenceEntry = {
        host: client.name,
        version: client.version,
        mode: client.mode,
        platform: client.platform,
        reason: "connect",
        text: `${client.name} ${client.version} on ${client.platform}`.slice(
          0,
          LIMITS.maxPresenceTextLength,
        ),
        ts: clock.now(),
        ...(client.ip !== undefined && { ip: client.ip }),
        ...(client.instanceId !== undefined && { instanceId: client.instanceId }),
      }
      entryFor(connectionKey(connId, client.instanceId), entry).holders.add(connId)
      parts.changed()
    },
    disconnected(connId) {
      for (const [key, at] of known) {
        if (!at.holders.delete(connId)) continue
        if (at.holders.size === 0) {
          at.expiry?.cancel()
          known.delete(key)
        }
        parts.changed()
      }
    },
    note(event) {
      const key = noteKey(event)
      const before = known.get(key)?.entry
      const entry: PresenceEntry = {
        ...before,
        ...withoutUndefined(event),
        host: event.host ?? before?.host ?? parts.host,
        text: event.text,
        ts: clock.now(),
      }
      const at = entryFor(key, entry)
      if (at.holders.size === 0) expireLater(key, at)
      forgetOldestNote()
      parts.changed()
    },
    stop() {
      for (const at of known.values()) at.expiry?.cancel()
    },
  }
}

/** Ids of instances are the same in upper and lower case (rule P2). */
function instanceKey(instanceId: string): string {
  return `instance ${instanceId.toLowerCase()}`
}

function connectionKey(connId: string, instanceId: string | undefined): string {
  return instanceId === undefined ? `connection ${connId}` : instanceKey(instanceId)
}

/** A note joins the entry of its instance; without one it can only stand for a host. */
function noteKey({ host, instanceId }: SystemEventParams): string {
  return instanceId === undefined ? `host ${(host ?? "").toLowerCase()}` : instanceKey(instanceId)
}

/** At most 200 entries and 64 KiB; what does not fit is left out from the end (rule P3). */
function bounded(entries: readonly PresenceEntry[]): PresenceEntry[] {
  let bytes = 2
  const kept: PresenceEntry[] = []
  for (const entry of entries.slice(0, LIMITS.maxPresenceEntries)) {
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1
    if (bytes > LIMITS.maxPresenceBytes) break
    kept.push(entry)
  }
  return kept
}

function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Value
}
