// What the gateway says of its own state: collected when asked, remembered for hello, and announced when
// it changes in a way that a person would care about (rules M1, E9).

import type { ChannelHealth, ChannelState, HealthSnapshot } from "#protocol"
import type { Clock, Timer } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"

export interface HealthSources {
  readonly version: string
  readonly channels: () => Readonly<Record<string, ChannelHealth>>
  readonly agent: () => HealthSnapshot["agent"]
  readonly storage: () => HealthSnapshot["storage"]
  readonly config: () => HealthSnapshot["config"]
  readonly webchat: () => HealthSnapshot["webchat"]
  readonly outbox: () => Promise<HealthSnapshot["outbox"]>
  readonly sessions: () => Promise<HealthSnapshot["sessions"]>
  readonly lagMs: () => number
}

export interface HealthParts {
  readonly sources: HealthSources
  readonly clock: Clock
  readonly log: Logger
  /** Changes within this time are announced together. */
  readonly minIntervalMs: number
  readonly announce: (health: HealthSnapshot) => void
}

export interface Health {
  /** Collects everything anew. */
  read(): Promise<HealthSnapshot>
  /** What was collected last, with the parts that are at hand as they are now. */
  readonly cached: HealthSnapshot
  readonly uptimeMs: number
  /** Something may have changed: look, and announce it if it has. */
  touched(): void
  stop(): void
}

/** It stays so until somebody acts, unless it says when it tries again. */
const GIVEN_UP: ReadonlySet<ChannelState> = new Set(["failed", "replaced", "logged_out", "banned"])

export async function createHealth(parts: HealthParts): Promise<Health> {
  const { clock, log, sources } = parts
  const startedAt = clock.monotonic()
  let counted = await count()
  let announced = ""
  let pending: Timer | undefined

  async function count(): Promise<Pick<HealthSnapshot, "outbox" | "sessions">> {
    const [outbox, sessions] = await Promise.all([sources.outbox(), sources.sessions()])
    return { outbox, sessions }
  }

  function assemble(durationMs: number): HealthSnapshot {
    const channels = sources.channels()
    const agent = sources.agent()
    const storage = sources.storage()
    const givenUp = Object.values(channels).some(
      ({ configured, retryAt, state }) =>
        configured && retryAt === undefined && GIVEN_UP.has(state),
    )
    return {
      ok: storage.ok && !givenUp,
      ts: clock.now(),
      durationMs: Math.round(durationMs),
      version: sources.version,
      uptimeMs: uptimeMs(),
      web: toWeb(channels["whatsapp"]),
      telegram: toTelegram(channels["telegram"]),
      channels,
      agent,
      storage,
      config: sources.config(),
      webchat: sources.webchat(),
      lagMs: sources.lagMs(),
      ...counted,
    }
  }

  function uptimeMs(): number {
    return Math.round(clock.monotonic() - startedAt)
  }

  async function read(): Promise<HealthSnapshot> {
    const from = clock.monotonic()
    try {
      counted = await count()
    } catch (error) {
      // The storage's own line in the snapshot tells it; the counts stay as they were.
      log.debug("could not count for the health snapshot", { error })
    }
    return assemble(clock.monotonic() - from)
  }

  async function look(): Promise<void> {
    pending = undefined
    const health = await read()
    const now = whatPeopleCareAbout(health)
    if (now === announced) return
    announced = now
    parts.announce(health)
  }

  announced = whatPeopleCareAbout(assemble(0))
  return {
    read,
    get cached() {
      return assemble(0)
    },
    get uptimeMs() {
      return uptimeMs()
    },
    touched() {
      pending ??= clock.after(parts.minIntervalMs, () => void look())
    },
    stop: () => pending?.cancel(),
  }
}

function whatPeopleCareAbout(health: HealthSnapshot): string {
  const { agent, channels, config, ok, storage, webchat } = health
  const states = Object.entries(channels).map(([id, channel]) => [
    id,
    channel.configured,
    channel.state,
    channel.linked,
    channel.self,
    channel.lastError,
  ])
  return JSON.stringify([ok, states, agent, storage, config, webchat])
}

/** The runbook's view of WhatsApp; a gateway without that channel says that it is off. */
function toWeb(whatsapp: ChannelHealth | undefined): HealthSnapshot["web"] {
  return {
    linked: whatsapp?.linked ?? false,
    authAgeMs: whatsapp?.authAgeMs ?? null,
    state: whatsapp?.state ?? "off",
    ...pick(whatsapp, ["connectedAt", "lastError", "lastInboundAt", "self"]),
  }
}

function toTelegram(telegram: ChannelHealth | undefined): HealthSnapshot["telegram"] {
  return {
    configured: telegram?.configured ?? false,
    state: telegram?.state ?? "off",
    ...(telegram?.self !== undefined && { bot: telegram.self }),
    ...pick(telegram, ["lastError", "lastInboundAt"]),
  }
}

function pick<Key extends keyof ChannelHealth>(
  health: ChannelHealth | undefined,
  keys: readonly Key[],
): Partial<Pick<ChannelHealth, Key>> {
  const picked: Partial<Pick<ChannelHealth, Key>> = {}
  for (const key of keys) if (health?.[key] !== undefined) picked[key] = health[key]
  return picked
}
