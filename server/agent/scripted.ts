// An engine that plays a script: for tests, and for trying out a client without a model.

import type { GatewayError, ToolData } from "#protocol"
import { type Clock, pause } from "../host/clock.ts"
import {
  abortError,
  type Engine,
  type EngineHealth,
  type PermissionAsk,
  type Turn,
  type TurnEvent,
  type TurnOptions,
} from "./engine.ts"

type ScriptStep =
  | { readonly say: string }
  | { readonly think: string }
  | { readonly tool: ToolData }
  /** Goes on once the promise has settled. */
  | { readonly wait: Promise<unknown> }
  | { readonly pauseMs: number }
  /** Asks for permission and says what came of it. */
  | { readonly ask: PermissionAsk }
  | { readonly fail: GatewayError }

export type Script = readonly ScriptStep[] | ((turn: Turn) => readonly ScriptStep[])

export interface ScriptedEngine extends Engine {
  /** Every turn that was started, oldest first. */
  readonly turns: readonly Turn[]
  /** How many of them are not over. */
  readonly running: number
  /** What turns play from now on. */
  play(script: Script): void
  /** What `health()` says from now on. */
  setHealth(health: Omit<EngineHealth, "engine">): void
}

/** Answers every prompt with itself. */
export const echo: Script = (turn) => [{ say: turn.prompt }]

export function createScriptedEngine(parts: {
  readonly clock: Clock
  readonly script?: Script
}): ScriptedEngine {
  let script = parts.script ?? echo
  let health: EngineHealth = { engine: "scripted", state: "ready" }
  let running = 0
  const turns: Turn[] = []

  return {
    id: "scripted",
    turns,
    get running() {
      return running
    },
    play(next) {
      script = next
    },
    setHealth(next) {
      health = { ...next, engine: "scripted" }
    },
    health: () => health,
    async run(turn, options) {
      turns.push(turn)
      running += 1
      try {
        for (const step of typeof script === "function" ? script(turn) : script) {
          if (options.signal.aborted) break
          await playStep(step, options, parts.clock)
        }
        if (options.signal.aborted) throw abortError(options.signal)
      } finally {
        running -= 1
      }
    },
    async stop() {
      return
    },
  }
}

async function playStep(
  step: ScriptStep,
  { emit, permit, signal }: TurnOptions,
  clock: Clock,
): Promise<void> {
  if ("fail" in step) throw step.fail
  if ("wait" in step) return settledOrAborted(step.wait, signal)
  if ("pauseMs" in step) return pause(clock, step.pauseMs, signal)
  if ("ask" in step) {
    const { by, option } = await permit(step.ask)
    emit({ stream: "assistant", delta: `${option?.id ?? "none"} by ${by}. ` })
    return
  }
  emit(toEvent(step))
}

function toEvent(
  step: Extract<ScriptStep, { say: string } | { think: string } | { tool: ToolData }>,
): TurnEvent {
  if ("say" in step) return { stream: "assistant", delta: step.say }
  if ("think" in step) return { stream: "thought", delta: step.think }
  return { stream: "tool", data: step.tool }
}

function settledOrAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener("abort", done)
      resolve()
    }
    signal.addEventListener("abort", done)
    promise.then(done, done)
  })
}
