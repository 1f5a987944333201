// One connection, from the first call until nothing of it is left. It asks whether the line lives and watches
// what the library does not: a service that takes the connection and says nothing, a line that was cut without
// a word (the library would then wait half a minute more for the other side to agree), and a session that
// answers and brings nothing.

import type { Clock, Timer } from "../../host/clock.ts"
import { createDeadline } from "../../host/deadline.ts"
import type { ChannelTimings } from "../channel.ts"
import { settledOrAborted } from "../lanes.ts"
import type { Attempt } from "../supervise.ts"
import { ConnectionEnd, type End } from "./disconnect.ts"
import type { Library, Socket, SocketHandlers, SocketOptions } from "./library.ts"

/** How long the other side may take to agree that it is over. */
const GOODBYE_MS = 1_000
/** Of these it answers ours; they do not show that it would bring anybody else's. */
const ANSWERS: ReadonlySet<string> = new Set(["ack", "ib", "iq", "success", "xmlstreamend"])

type Own = "heard" | "opened" | "caughtUp" | "closed"

export interface ConnectionParts {
  readonly library: Library
  readonly options: Omit<SocketOptions, "handlers">
  readonly handlers: Omit<SocketHandlers, Own>
  readonly clock: Clock
  readonly timings: Pick<ChannelTimings, "connectTimeoutMs" | "keepAliveMs" | "deafAfterMs">
  /** Counts the connections in a row that brought nothing, also over the next ones. */
  readonly deafness: Deafness
  readonly opened: (socket: Socket) => void
  /** It takes nothing any more, though it may still be there for a moment. */
  readonly ended: () => void
}

export interface Deafness {
  times: number
}

/** Always rejects, with why it ended. */
export async function keepConnection(attempt: Attempt, parts: ConnectionParts): Promise<never> {
  const { clock, deafness, timings } = parts
  const closed = Promise.withResolvers<End>()
  const ending = Promise.withResolvers<End>()
  let open = false
  let timer: Timer | undefined
  let deaf: Timer | undefined
  let asking: Timer | undefined

  /** Whatever came: the line works. The next thing must come in time. */
  function watchLine(): void {
    timer?.cancel()
    const [waitMs, cause] = open
      ? [2 * timings.keepAliveMs, "nothing came any more"]
      : [timings.connectTimeoutMs, "no answer"]
    timer = createDeadline(clock, waitMs, () => ending.resolve({ by: "library", code: 408, cause }))
  }

  function keepAsking(): void {
    asking = clock.after(timings.keepAliveMs, () => {
      // An answer that does not come shows as silence.
      socket.ping().catch(() => undefined)
      keepAsking()
    })
  }

  /** Something for us came: the session works. */
  function watchSession(): void {
    deafness.times = 0
    deaf?.cancel()
    deaf = clock.after(timings.deafAfterMs, () => {
      deafness.times += 1
      ending.resolve({ by: "deafness", times: deafness.times })
    })
  }

  const socket = parts.library.connect({
    ...parts.options,
    handlers: bindToAttempt(attempt, {
      ...parts.handlers,
      heard(tag) {
        watchLine()
        if (open && tag !== undefined && !ANSWERS.has(tag)) watchSession()
      },
      opened() {
        open = true
        const { times } = deafness
        watchLine()
        watchSession()
        keepAsking()
        // An open door alone brings nothing.
        deafness.times = times
        parts.opened(socket)
        attempt.opened()
      },
      caughtUp: watchSession,
      closed(end) {
        closed.resolve(end)
        ending.resolve(end)
      },
    }),
  })
  watchLine()

  try {
    await settledOrAborted(ending.promise, attempt.signal)
    attempt.signal.throwIfAborted()
    throw new ConnectionEnd(await ending.promise)
  } finally {
    timer?.cancel()
    deaf?.cancel()
    asking?.cancel()
    parts.ended()
    socket.end()
    const patience = clock.after(GOODBYE_MS, () => socket.destroy())
    await closed.promise
    patience.cancel()
  }
}

/** What a connection still says when another one may be there already is ignored. */
function bindToAttempt(attempt: Attempt, handlers: SocketHandlers): SocketHandlers {
  const whileCurrent =
    <Said extends unknown[]>(say: (...said: Said) => void) =>
    (...said: Said) => {
      if (attempt.current) say(...said)
    }
  return {
    heard: whileCurrent(handlers.heard),
    stanza: handlers.stanza,
    code: whileCurrent(handlers.code),
    paired: whileCurrent(handlers.paired),
    opened: whileCurrent(handlers.opened),
    time: handlers.time,
    caughtUp: whileCurrent(handlers.caughtUp),
    // Keys and messages are true whenever they come.
    credentialsChanged: handlers.credentialsChanged,
    messages: handlers.messages,
    stray: handlers.stray,
    closed: handlers.closed,
  }
}
