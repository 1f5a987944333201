// One run of the agent, waited for as long as it takes: the gateway holds the deadline, and the run goes
// on when this client leaves.

import type { AgentAck, AgentFinal, AgentParams, EventFrame } from "#protocol"
import { connect, isLost, type Link } from "./connect.ts"
import { ClientFailure, noAnswer } from "./failure.ts"
import { toUnknown } from "./send.ts"
import { waitFor } from "./wait.ts"

export interface AgentOptions {
  /** False ends with the acknowledgement. */
  readonly wait: boolean
  /** The answer's text, as it comes. */
  readonly onText?: (text: string) => void
  readonly onAccepted?: (ack: AgentAck) => void
}

export async function runAgent(
  link: Link,
  params: AgentParams,
  { wait, onText, onAccepted }: AgentOptions,
): Promise<AgentAck | AgentFinal> {
  const stream = createTextStream(onText)
  const connection = await connect(link, { onEvent: stream.see })
  const accepted = Promise.withResolvers<AgentAck>()
  accepted.promise.catch(() => undefined)
  let run: AgentAck | undefined
  try {
    const final = connection.request("agent", params, {
      onAck(ack) {
        run = ack
        stream.follow(ack.runId)
        onAccepted?.(ack)
        accepted.resolve(ack)
      },
    })
    final.catch(accepted.reject)
    const ack = await waitFor(accepted.promise, {
      signal: link.signal,
      timeoutMs: link.timeoutMs,
      onTimeout: () => noAnswer(link.timeoutMs),
    })
    if (!wait) return ack
    const result = await waitFor(final, { signal: link.signal })
    stream.end(result.text)
    return result
  } catch (error) {
    const left = error instanceof ClientFailure || isLost(error)
    if (!left) throw error
    if (run === undefined) throw toUnknown(error, params.idempotencyKey)
    throw toGoesOn(error, run, params.idempotencyKey)
  } finally {
    connection.close()
  }
}

function toGoesOn(error: Error, { runId }: AgentAck, idempotencyKey: string): ClientFailure {
  const why = error.message.replace(/\.$/, "")
  return new ClientFailure(
    error instanceof ClientFailure && error.kind === "interrupted"
      ? "interrupted"
      : "outcome-unknown",
    `${why}: the run ${runId} goes on; the same command with ` +
      `--idempotency-key ${idempotencyKey} waits for its answer`,
    { cause: error, details: { runId, idempotencyKey } },
  )
}

/** Puts the pieces of the answer together: `offset` says what is new in each (rule E6). */
function createTextStream(onText: ((text: string) => void) | undefined) {
  let runId: string | undefined
  let messageId: string | undefined
  let length = 0
  let shown = ""

  function show(text: string): void {
    if (text === "") return
    shown += text
    onText?.(text)
  }

  return {
    follow(id: string): void {
      runId = id
    },
    see(frame: EventFrame): void {
      if (onText === undefined || frame.event !== "agent") return
      const event = frame.payload
      if (event.runId !== runId || event.stream !== "assistant") return
      const { messageId: id, offset, delta } = event.data
      if (id !== messageId) {
        if (messageId !== undefined) show("\n\n")
        messageId = id
        length = 0
      }
      // A piece that was lost is made good by the final text.
      if (offset > length) return
      show(delta.slice(length - offset))
      length = Math.max(length, offset + delta.length)
    },
    /** The final text is the whole answer: shows what of it did not come as a piece. */
    end(text: string | undefined): void {
      if (onText === undefined) return
      if (text !== undefined && !shown.endsWith(text)) {
        const isBeginning = text.startsWith(shown)
        show(isBeginning ? text.slice(shown.length) : `\n\n${text}`)
      }
      if (!shown.endsWith("\n")) show("\n")
    },
  }
}
