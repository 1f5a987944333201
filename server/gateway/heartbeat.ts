// Finds out that the other end is gone although nothing said so: a host that vanished, a cable that was
// pulled (rule T6).

import type { Clock, Timer } from "../host/clock.ts"
import { createDeadline } from "../host/deadline.ts"

export interface Heartbeat {
  /** The other end gave a sign of life. */
  alive(): void
  stop(): void
}

export interface HeartbeatParts {
  readonly clock: Clock
  /** Between two pings. */
  readonly intervalMs: number
  /** What the second ping that nobody answered is given. */
  readonly graceMs: number
  readonly ping: () => void
  /** Called once, when two pings in a row stayed without an answer. */
  readonly dead: () => void
}

export function createHeartbeat({
  clock,
  dead,
  graceMs,
  intervalMs,
  ping,
}: HeartbeatParts): Heartbeat {
  let unanswered = 0
  let verdict: Timer | undefined
  let stopped = false
  let next = later()

  function later(): Timer {
    return clock.after(intervalMs, () => {
      unanswered += 1
      if (unanswered === 2) verdict = createDeadline(clock, graceMs, dead)
      ping()
      if (unanswered < 2) next = later()
    })
  }

  return {
    alive() {
      // A client that is being let go may still say something.
      if (stopped) return
      if (unanswered === 2) {
        verdict?.cancel()
        next = later()
      }
      unanswered = 0
    },
    stop() {
      stopped = true
      next.cancel()
      verdict?.cancel()
    },
  }
}
