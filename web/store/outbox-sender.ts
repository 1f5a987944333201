// Sends what waits: one entry at a time and in order, each under its key however often it is sent.
// An entry that the gateway puts off holds up the later ones of its conversation, and no others.

import { type AgentFinal, CLOSE, type ErrorShape } from "#protocol"
import type { Clock, Requests } from "../gateway.ts"
import type { EntryState, OutboxEntry } from "./outbox-entry.ts"
import { toShape } from "./thrown.ts"

export interface AcceptedRun {
  readonly sessionKey: string
  readonly runId: string
}

export interface RunEnd {
  readonly sessionKey: string
  readonly runId: string
  readonly error: ErrorShape | undefined
}

export interface SenderParts {
  readonly gateway: Requests
  readonly clock: Clock
  /** What there is to send, in order. */
  readonly entries: () => readonly OutboxEntry[]
  /** The entry leaves for the gateway. */
  readonly leaves: (entry: OutboxEntry) => void
  readonly change: (key: string, state: EntryState) => void
  /** Told also of an entry that has arrived meanwhile. */
  readonly accepted: (run: AcceptedRun) => void
  readonly ended: (end: RunEnd) => void
}

export interface Sender {
  start(): void
  /** What was under way is not any more, and its answers will not be heard. */
  stop(): void
  /** Looks whether there is something to send. */
  pump(): void
  /** The entry is not to be sent by itself any more. */
  cancel(key: string): void
}

const DEFAULT_RETRY_MS = 5_000

const TOO_LARGE: ErrorShape = {
  code: "INVALID_REQUEST",
  message: "The gateway closed the connection because this message is too large for it.",
  details: { reason: "request_too_large" },
}

export function createSender(parts: SenderParts): Sender {
  const { gateway, clock } = parts
  const timers = new Map<string, () => void>()
  let isOn = false
  /** Where no tab leads, others send as well, and are not waited for. */
  let current: string | undefined
  /** Grows with each stop, so that a late answer is not mistaken for one of this time. */
  let epoch = 0

  function pump(): void {
    if (!isOn) return
    const entries = parts.entries()
    if (entries.some(({ key, state }) => key === current && state.at === "sending")) return
    const heldUp = new Set<string>()
    for (const entry of entries) {
      if (entry.state.at === "waiting") heldUp.add(entry.sessionKey)
      if (entry.state.at === "queued" && !heldUp.has(entry.sessionKey)) {
        send(entry)
        return
      }
    }
  }

  function send(entry: OutboxEntry): void {
    const { key, sessionKey } = entry
    const sentIn = epoch
    let runId: string | undefined
    current = key
    parts.leaves(entry)
    const final = gateway.request("agent", toParams(entry), {
      onAck(ack) {
        runId = ack.runId
        if (sentIn !== epoch) return
        parts.change(key, { at: "accepted", runId })
        parts.accepted({ sessionKey, runId })
        pump()
      },
    })
    final.then(
      ({ runId: endedRun }: AgentFinal) =>
        parts.ended({ sessionKey, runId: endedRun, error: undefined }),
      (thrown: unknown) => {
        const error = toShape(thrown)
        if (error.details?.["reason"] === "connection_lost") {
          // The connection is gone, not the request: it is sent again with the next connection,
          // unless it was too large for this one, as it would be for every other.
          const wasTooLarge = error.details["closeCode"] === CLOSE.tooBig.code
          if (wasTooLarge && runId === undefined)
            parts.change(key, { at: "failed", error: TOO_LARGE })
          return
        }
        if (runId !== undefined) parts.ended({ sessionKey, runId, error })
        else if (sentIn === epoch) refused(key, error)
      },
    )
  }

  function refused(key: string, error: ErrorShape): void {
    const isPutOff = error.code === "UNAVAILABLE" && error.retryable === true
    if (isPutOff) {
      const again = () => {
        timers.delete(key)
        parts.change(key, { at: "queued" })
        pump()
      }
      timers.set(key, clock.after(error.retryAfterMs ?? DEFAULT_RETRY_MS, again))
    }
    parts.change(key, { at: isPutOff ? "waiting" : "failed", error })
    pump()
  }

  function cancel(key: string): void {
    timers.get(key)?.()
    timers.delete(key)
  }

  return {
    start() {
      isOn = true
      pump()
    },
    stop() {
      isOn = false
      epoch += 1
      for (const key of [...timers.keys()]) cancel(key)
    },
    pump,
    cancel,
  }
}

function toParams({ files, key, retryOf, sessionKey, text }: OutboxEntry) {
  return {
    message: text,
    sessionKey,
    idempotencyKey: key,
    ...(retryOf !== undefined && { retryOf }),
    ...(files !== undefined && {
      attachments: files.map(({ data, mimeType, name }) => ({ data, mimeType, name })),
    }),
  }
}
