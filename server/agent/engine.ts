// What runs a turn: one model answer with its tool calls. An engine streams events and can be aborted;
// ids, deadlines, order and storage are the business of runs.ts.

import type { AgentState, Attachment, ChatMessage, Thinking, ToolData } from "#protocol"

/** One turn of one conversation, as the engine gets it. */
export interface Turn {
  readonly runId: string
  readonly sessionKey: string
  /** A new one after a reset: the engine must not remember anything from before. */
  readonly sessionId: string
  /** Data, never a command line: it may start with a dash or hold backticks. */
  readonly prompt: string
  readonly attachments: readonly Attachment[]
  readonly thinking: Thinking
  /** The latest messages of this conversation before this turn, oldest first. */
  history(limit: number): Promise<readonly ChatMessage[]>
}

/** What an engine says while it works. Text arrives as what is new, never as what is so far. */
export type TurnEvent =
  | { readonly stream: "assistant"; readonly delta: string }
  | { readonly stream: "thought"; readonly delta: string }
  | { readonly stream: "tool"; readonly data: ToolData }

export interface TurnOptions {
  readonly emit: (event: TurnEvent) => void
  readonly signal: AbortSignal
}

export interface EngineHealth {
  readonly engine: string
  readonly state: AgentState
  readonly lastError?: string
}

export interface Engine {
  readonly id: string
  health(): EngineHealth
  /**
   * Resolves when the turn is over; its text is what was emitted on the stream `assistant`. Rejects
   * with a GatewayError whose message is fit for a person. After `signal` aborts it settles within
   * the engine's grace period and leaves no process of the turn behind.
   */
  run(turn: Turn, options: TurnOptions): Promise<void>
  /** Ends what the engine keeps running. */
  stop(): Promise<void>
}

/**
 * What an engine may do in the gateway, by name. The gateway decides what stands here; an engine
 * never reaches for anything else.
 */
export interface GatewayTool {
  readonly name: string
  readonly title: string
  readonly description: string
  /** A JSON value. */
  call(input: Readonly<Record<string, unknown>>): Promise<unknown>
}

export type GatewayTools = ReadonlyMap<string, GatewayTool>
