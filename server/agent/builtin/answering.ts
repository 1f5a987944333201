// What an answer is written with: text that streams in small pieces, and the gateway's own tools.

import { GatewayError } from "#protocol"
import { type Clock, pause } from "../../host/clock.ts"
import { abortError, type GatewayTools, type ToolCaller, type TurnOptions } from "../engine.ts"

export interface Answering {
  /** What the person wrote. */
  readonly question: string
  say(text: string): Promise<void>
  /**
   * The tool's result; undefined when there is no such tool or it failed, which the person sees. Rejects
   * with `operator_only` if this person may not know.
   */
  use(name: string): Promise<unknown>
}

export interface AnsweringParts extends Omit<TurnOptions, "permit"> {
  readonly question: string
  readonly tools: GatewayTools
  readonly caller: ToolCaller
  readonly clock: Clock
  readonly deltaPauseMs: number
}

const WORDS_PER_DELTA = 3

export function createAnswering(parts: AnsweringParts): Answering {
  const { emit, signal, clock, tools } = parts
  let calls = 0
  let said = false

  return {
    question: parts.question,

    async say(text) {
      const paragraph = said ? `\n\n${text}` : text
      said = true
      for (const delta of toDeltas(paragraph)) {
        if (signal.aborted) throw abortError(signal)
        emit({ stream: "assistant", delta })
        await pause(clock, parts.deltaPauseMs, signal)
      }
    },

    async use(name) {
      if (signal.aborted) throw abortError(signal)
      const tool = tools.get(name)
      if (tool === undefined) return undefined
      calls += 1
      const call = { callId: `${name}-${calls}`, name, title: tool.title }
      emit({ stream: "tool", data: { ...call, phase: "start", input: "{}" } })
      try {
        const result = await tool.call({}, parts.caller)
        const output = JSON.stringify(result, undefined, 2) ?? "null"
        emit({ stream: "tool", data: { ...call, phase: "end", output, ok: true } })
        return result
      } catch (error) {
        const output = error instanceof Error ? error.message : "It failed."
        emit({ stream: "tool", data: { ...call, phase: "end", output, ok: false } })
        if (error instanceof GatewayError && error.reason === "operator_only") throw error
        return undefined
      }
    },
  }
}

/** A few words each, with the white space around them: joined they are the text again. */
export function toDeltas(text: string): string[] {
  const words = text.match(/\s*\S+\s*?(?=\s|$)|\s+$/g) ?? []
  const deltas: string[] = []
  for (let at = 0; at < words.length; at += WORDS_PER_DELTA) {
    deltas.push(words.slice(at, at + WORDS_PER_DELTA).join(""))
  }
  return deltas
}
