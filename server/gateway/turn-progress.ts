// What a chat sees of a run that it started, while the run works: that somebody types, and in direct
// chats the answer as it grows.

import type { AgentEvent } from "#protocol"
import type { Draft } from "../channels/channel.ts"
import type { Logger } from "../host/logger.ts"
import type { RunStore } from "../store/store.ts"
import { hideFiles } from "./attachments.ts"
import type { Channels } from "./channels.ts"
import { isGroupSession } from "./session-scope.ts"

export interface TurnProgress {
  event(event: AgentEvent): void
  ended(runId: string): void
  stop(): void
}

interface Shown {
  readonly controller: AbortController
  /** All of the answer that there is. */
  text: string
  /** A file may be named in it. */
  namesFile: boolean
  /** A tool was used since the last word, so that the next one begins a paragraph. */
  paused: boolean
  draft: Draft | undefined
}

const MEDIA = /MEDIA:/i

export function createTurnProgress(parts: {
  readonly runs: Pick<RunStore, "get">
  readonly channels: Pick<Channels, "get">
  readonly log: Logger
}): TurnProgress {
  const shown = new Map<string, Shown>()
  let stopped = false

  async function begin(runId: string): Promise<void> {
    const turn: Shown = {
      controller: new AbortController(),
      text: "",
      namesFile: false,
      paused: false,
      draft: undefined,
    }
    shown.set(runId, turn)
    const run = await parts.runs.get(runId)
    const chat = run?.origin === "inbound" ? run.request.deliverTo : undefined
    const channel = chat && parts.channels.get(chat.channel)?.channel
    if (run === undefined || chat === undefined || channel === undefined) return end(runId)
    // A command is answered at once, and a run may have ended while it was looked for.
    if (run.request.command !== undefined || run.outcome !== undefined) return end(runId)
    const { signal } = turn.controller
    if (signal.aborted) return
    channel.showTyping(chat.chat, { signal })
    if (isGroupSession(chat.channel, run.sessionKey)) return
    turn.draft = channel.openDraft?.(chat.chat, { signal })
    if (turn.text !== "") turn.draft?.update(toShown(turn))
  }

  function end(runId: string): void {
    shown.get(runId)?.controller.abort()
    shown.delete(runId)
  }

  return {
    event({ data, runId, stream }) {
      if (stream === "lifecycle") {
        if (data.phase !== "started") return end(runId)
        if (stopped) return
        begin(runId).catch((error: unknown) => {
          parts.log.debug("could not show the progress of a run", { runId, error })
        })
        return
      }
      const turn = shown.get(runId)
      if (turn === undefined || stream === "thought" || stream === "permission") return
      if (stream === "tool") {
        turn.paused = turn.text !== ""
        return
      }
      turn.text += turn.paused ? `\n\n${data.delta}` : data.delta
      turn.paused = false
      turn.namesFile ||= MEDIA.test(turn.text.slice(-data.delta.length - "MEDIA:".length))
      turn.draft?.update(toShown(turn))
    },
    ended: end,
    stop() {
      stopped = true
      for (const runId of [...shown.keys()]) end(runId)
    },
  }
}

function toShown({ namesFile, text }: Pick<Shown, "namesFile" | "text">): string {
  return namesFile ? hideFiles(text) : text
}
