// What this page answers to the questions of agents, until the gateway tells what became of them (rule M12).

import { type ReadonlySignal, signal } from "@preact/signals"
import type { ErrorShape } from "#protocol"
import type { Requests } from "../gateway.ts"
import type { Outcome, Question } from "./questions.ts"
import { toShape } from "./thrown.ts"

export type Answer =
  | { readonly at: "sending"; readonly optionId: string }
  | { readonly at: "given"; readonly optionId: string }
  /** Somebody or something else was faster. */
  | { readonly at: "late" }
  | { readonly at: "failed"; readonly error: ErrorShape }

export interface Answers {
  readonly all: ReadonlySignal<ReadonlyMap<string, Answer>>
  give(answer: {
    readonly runId: string
    readonly requestId: string
    readonly optionId: string
  }): Promise<void>
  forget(): void
}

export function createAnswers(gateway: Requests): Answers {
  const all = signal<ReadonlyMap<string, Answer>>(new Map())

  function set(requestId: string, answer: Answer): void {
    all.value = new Map(all.peek()).set(requestId, answer)
  }

  return {
    all,
    async give({ optionId, requestId, runId }) {
      const before = all.peek().get(requestId)
      if (before !== undefined && before.at !== "failed") return
      set(requestId, { at: "sending", optionId })
      try {
        await gateway.request("agent.decide", { runId, requestId, optionId })
        set(requestId, { at: "given", optionId })
      } catch (thrown) {
        const error = toShape(thrown)
        const isLate = error.code === "INVALID_REQUEST"
        set(requestId, isLate ? { at: "late" } : { at: "failed", error })
      }
    },
    forget() {
      all.value = new Map()
    },
  }
}

export interface Ending {
  readonly outcome: Outcome
  /** It was answered by this page. */
  readonly own: boolean
}

/** How the question ended, by what the gateway told and what it said to this page's answer. */
export function endingOf(question: Question, answer: Answer | undefined): Ending | undefined {
  const { outcome } = question
  const sent = answer?.at === "sending" || answer?.at === "given" ? answer : undefined
  if (outcome !== undefined && outcome !== "elsewhere") {
    return { outcome, own: outcome.by === "client" && outcome.optionId === sent?.optionId }
  }
  if (answer?.at === "given") {
    return { outcome: { optionId: answer.optionId, by: "client" }, own: true }
  }
  const isOver = outcome === "elsewhere" || answer?.at === "late"
  return isOver ? { outcome: "elsewhere", own: false } : undefined
}
