// What the methods work with.

import type { Runs } from "../../agent/runs.ts"
import type { InboundMessage } from "../../channels/channel.ts"
import type { Clock } from "../../host/clock.ts"
import type { LogTail } from "../../host/log-tail.ts"
import type { Logger } from "../../host/logger.ts"
import type { Media } from "../../media/media.ts"
import type { Store } from "../../store/store.ts"
import type { Channels } from "../channels.ts"
import type { RunDefaults } from "../gateway-parts.ts"
import type { Handles } from "../handles.ts"
import type { Health } from "../health.ts"
import type { Logins } from "../logins.ts"
import type { Outbox, OutboxTimings } from "../outbox.ts"
import type { Presence } from "../presence.ts"
import type { SessionList } from "../session-list.ts"
import type { SessionScope } from "../session-scope.ts"

export interface MethodParts {
  readonly store: Store<InboundMessage>
  readonly channels: Channels
  readonly handles: Handles
  readonly media: Media
  readonly runs: Runs
  readonly outbox: Outbox
  readonly health: Health
  readonly logins: Logins
  readonly presence: Presence
  readonly clock: Clock
  readonly timings: OutboxTimings
  readonly scope: SessionScope
  readonly sessionList: SessionList
  /** Makes what waits for a turn of the session wait no more; whether there was something. */
  readonly stopWaiting: (sessionKey: string) => Promise<boolean>
  readonly log: Logger
  /** Aborts when the gateway begins to stop. */
  readonly stopping: AbortSignal
  readonly logTail: Pick<LogTail, "read">
  readonly timeZone: string | undefined
  /** What a request that does not say gets. */
  readonly defaults: RunDefaults
}
