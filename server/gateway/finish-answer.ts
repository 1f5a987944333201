// The end of a turn: its files are fetched, what it says is put in its last form, and where it goes is decided.
// All of it is stored in one step afterwards, so that a kill in between sends nothing.

import type { FinishedAnswer, RunEnd } from "../agent/runs.ts"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { Media } from "../media/media.ts"
import type { RunRecord } from "../store/store.ts"
import { attachFiles } from "./attachments.ts"
import type { Channels } from "./channels.ts"
import { composeReplies } from "./replies.ts"

export interface FinishAnswerParts {
  readonly channels: Channels
  readonly media: Pick<Media, "obtain">
  readonly clock: Clock
  readonly log: Logger
}

/** Takes as long as a file may; never rejects. */
export function createFinishAnswer({ channels, clock, log, media }: FinishAnswerParts) {
  return async (
    run: RunRecord,
    end: RunEnd,
    parts: FinishedAnswer["parts"],
  ): Promise<FinishedAnswer> => {
    const said = { text: end.text, parts }
    // What the gateway itself says names no files, and a failure sends none.
    const isAnswer = end.state === "ok" && run.request.command === undefined
    const { files, ...answer } = isAnswer
      ? await attachFiles(said, { log, media })
      : { ...said, files: [] }
    const finished = { ...end, text: answer.text }
    const deliveries = composeReplies(run, finished, { channels, files, now: clock.now() })
    return { ...answer, deliveries }
  }
}
