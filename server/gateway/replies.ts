// What goes back to a chat when a run has ended: every accepted inbound message gets exactly one answer.

import type { RunEnd } from "../agent/runs.ts"
import type { NewDelivery, RunRecord } from "../store/store.ts"
import type { Channels } from "./channels.ts"
import { splitText } from "./split.ts"

const INTERRUPTED = "I was interrupted while working on this. Please send it again."
const STOPPED = "Stopped."

/** The delivery that carries a run's reply. A run has one at most, so its id follows from the run's. */
export function replyIdOf(runId: string): string {
  return `${runId}:reply`
}

export function composeReplies(
  run: RunRecord,
  end: RunEnd,
  { channels, now }: { channels: Channels; now: number },
): readonly NewDelivery[] {
  const { deliverTo } = run.request
  const text = textOf(run, end)
  const maxLength = deliverTo && channels.get(deliverTo.channel)?.definition.maxTextLength
  if (deliverTo === undefined || maxLength === undefined || text === "") return []
  return [
    {
      id: replyIdOf(run.runId),
      channel: deliverTo.channel,
      chat: deliverTo.chat,
      to: deliverTo.to,
      texts: splitText(text, maxLength),
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
