// What goes back to a chat when a run has ended: every accepted inbound message gets exactly one answer.

import type { RunEnd } from "../agent/runs.ts"
import type { MediaRecord, NewDelivery, RunRecord } from "../store/store.ts"
import type { Channels } from "./channels.ts"
import { toItems } from "./items.ts"

const INTERRUPTED = "I was interrupted while working on this. Send /retry to run it again."
const STOPPED = "Stopped."

/** The delivery that carries a run's reply. A run has one at most, so its id follows from the run's. */
export function replyIdOf(runId: string): string {
  return `${runId}:reply`
}

export function composeReplies(
  run: RunRecord,
  end: RunEnd,
  { channels, files, now }: { channels: Channels; files: readonly MediaRecord[]; now: number },
): readonly NewDelivery[] {
  const { deliverTo } = run.request
  const text = textOf(run, end)
  const definition = deliverTo && channels.get(deliverTo.channel)?.definition
  if (deliverTo === undefined || definition === undefined) return []
  const items = toItems(text, files, definition)
  if (items.length === 0) return []
  return [
    {
      id: replyIdOf(run.runId),
      channel: deliverTo.channel,
      chat: deliverTo.chat,
      to: deliverTo.to,
      items,
      createdAt: now,
      runId: run.runId,
    },
  ]
}

function textOf(run: RunRecord, end: RunEnd): string {
  if (end.state === "ok") return end.text.trim()
  // The failure of a requested run is told to who requested it, not to the chat it was meant for.
  if (run.origin === "request") return ""
  switch (end.state) {
    case "aborted":
      return STOPPED
    case "interrupted":
      return INTERRUPTED
    default:
      return `I could not answer: ${end.error?.message ?? "the agent failed."}`
  }
}
