// The one order in which a gateway stops (rule D1): nothing new, then what is under way gets its time and
// then its end, then whoever is connected is let go. No step waits for ever.

import type { Engine } from "../agent/engine.ts"
import type { Runs } from "../agent/runs.ts"
import type { Clock } from "../host/clock.ts"
import type { Media } from "../media/media.ts"
import type { Alerts } from "./alerts.ts"
import type { Channels } from "./channels.ts"
import type { Clients } from "./clients.ts"
import type { Dispatch } from "./dispatch.ts"
import type { Hub } from "./hub.ts"
import type { Inbound } from "./inbound.ts"
import type { Logins } from "./logins.ts"
import type { Notices } from "./notices.ts"
import type { Outbox } from "./outbox.ts"
import type { Rounds } from "./rounds.ts"
import type { TurnProgress } from "./turn-progress.ts"
import type { Upkeep } from "./upkeep.ts"
import { within } from "./within.ts"

export interface ShutdownTimings {
  /** How long running work may go on after the gateway was told to stop. */
  readonly drainMs: number
  /** How long each step after that may take. */
  readonly abortMs: number
}

export interface ShutdownParts {
  readonly clock: Clock
  readonly timings: ShutdownTimings
  /** What takes up the work at the start, and ends early where the stop comes before its end. */
  readonly beginning: Promise<void>
  readonly hub: Pick<Hub, "broadcast">
  readonly clients: Pick<Clients, "dismissAll" | "dismissSilent">
  readonly rounds: readonly Rounds[]
  readonly progress: Pick<TurnProgress, "stop">
  readonly inbound: Pick<Inbound, "stop">
  readonly runs: Pick<Runs, "drain" | "stop">
  readonly logins: Pick<Logins, "stop">
  readonly dispatch: Pick<Dispatch, "settled">
  readonly media: Pick<Media, "stop">
  readonly outbox: Pick<Outbox, "stop">
  readonly engine: Pick<Engine, "stop">
  readonly channels: Pick<Channels, "slots">
  readonly alerts: Pick<Alerts, "stop">
  readonly notices: Pick<Notices, "stop">
  readonly upkeep: Pick<Upkeep, "stop">
}

export interface StopOptions {
  readonly reason: string
  readonly stopAccepting: () => void
}

/** Resolves when nothing works any more but what only watches. */
export async function shutDown(parts: ShutdownParts, options: StopOptions): Promise<void> {
  const { clients, clock, dispatch, inbound, runs } = parts
  const { abortMs, drainMs } = parts.timings
  options.stopAccepting()
  const roundsStopped = Promise.all(parts.rounds.map((rounds) => rounds.stop()))
  parts.hub.broadcast("shutdown", { reason: options.reason })
  clients.dismissSilent()
  parts.progress.stop()
  // Why it failed is told to whoever started it.
  await within(
    clock,
    abortMs,
    parts.beginning.catch(() => undefined),
  )
  const inboundStopped = inbound.stop()
  // A command that waits for a failing disk is let go of only when the runs stop.
  await within(clock, abortMs, inboundStopped)
  const drained = Promise.all([runs.drain(), parts.logins.stop(), dispatch.settled()])
  await within(clock, drainMs, drained)
  parts.media.stop()
  const runsStopped = runs.stop()
  const outboxStopped = parts.outbox.stop()
  await within(clock, abortMs, runsStopped)
  // What did not listen is ended with the process that it runs in.
  await parts.engine.stop(abortMs)
  const ended = Promise.all([runsStopped, outboxStopped, inboundStopped, dispatch.settled()])
  await Promise.all([
    within(clock, abortMs, ended),
    ...parts.channels.slots.map(({ channel }) => channel?.stop()),
  ])
  await parts.alerts.stop()
  await parts.notices.stop()
  await parts.upkeep.stop()
  await roundsStopped
  await clients.dismissAll()
}
