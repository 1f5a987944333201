// What a gateway is made of: what it needs of the machine and of the configuration, and how long it waits.

import type { HealthSnapshot, Thinking } from "#protocol"
import type { Engine, GatewayTools } from "../agent/engine.ts"
import type { RunsParts, RunsTimings } from "../agent/runs.ts"
import type { InboundMessage } from "../channels/channel.ts"
import type { Clock } from "../host/clock.ts"
import type { LogTail } from "../host/log-tail.ts"
import type { Logger } from "../host/logger.ts"
import type { Media } from "../media/media.ts"
import type { Store } from "../store/store.ts"
import type { AlertTimings } from "./alerts.ts"
import type { ChannelPlan } from "./channel-plans.ts"
import type { ConnectionTimings } from "./connection.ts"
import type { InboundTimings } from "./inbound.ts"
import type { CollectMediaTimings } from "./inbound-media.ts"
import type { LoginTimings } from "./logins.ts"
import type { OutboxTimings } from "./outbox.ts"
import type { PresenceTimings } from "./presence.ts"
import type { SenderLimits } from "./sender-limit.ts"
import type { SessionListTimings } from "./session-list.ts"
import type { SessionSettings } from "./session-scope.ts"
import type { ShutdownTimings } from "./shutdown.ts"
import type { TokenGuardTimings } from "./token-guard.ts"

export interface GatewayTimings
  extends AlertTimings,
    ConnectionTimings,
    InboundTimings,
    LoginTimings,
    OutboxTimings,
    PresenceTimings,
    RunsTimings,
    SessionListTimings,
    CollectMediaTimings,
    ShutdownTimings,
    TokenGuardTimings {
  readonly tickIntervalMs: number
  readonly presenceMinIntervalMs: number
  readonly presencePerConnectionMs: number
  readonly healthMinIntervalMs: number
  readonly idempotencyKeepMs: number
  readonly upkeepEveryMs: number
  readonly expireKeysEveryMs: number
}

/** What a run gets whose request does not say. */
export interface RunDefaults {
  readonly thinking: Thinking
  readonly timeoutMs: number
}

/** What may change while the gateway runs is read when it is needed, each time. */
export interface GatewayParts {
  readonly store: Store<InboundMessage>
  readonly media: Media
  readonly channels: readonly ChannelPlan[]
  readonly createEngine: (tools: GatewayTools) => Promise<Engine>
  readonly clock: Clock
  readonly log: Logger
  /** The latest lines of that log. */
  readonly logTail: Pick<LogTail, "read">
  readonly timings: GatewayTimings
  readonly host: string
  readonly version: string
  readonly token: string | undefined
  readonly session: SessionSettings
  /** What is older is forgotten; conversations never if it is 0. */
  readonly keepDays: { readonly media: number; readonly conversations: number }
  readonly limits: SenderLimits
  /** Who is told when a channel is in trouble, as a `to`; nobody if it is missing. */
  readonly alerts: { readonly to: string | undefined }
  /** IANA name of the zone that the agent is told times in; the system's if missing. */
  readonly timeZone: string | undefined
  readonly maxConcurrent: number
  /** Who decides what the agent asks permission for. */
  readonly permissions: RunsParts["permissions"]
  readonly defaults: RunDefaults
  readonly config: () => HealthSnapshot["config"]
  readonly webchat: () => HealthSnapshot["webchat"]
}
