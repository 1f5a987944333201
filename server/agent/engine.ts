// What runs a turn: one model answer with its tool calls. An engine streams events and can be aborted;
// ids, deadlines, order and storage are the business of runs.ts.

import {
  type AgentState,
  type Attachment,
  type ChatMessage,
  GatewayError,
  type PermissionDecided,
  type PermissionOption,
  type Thinking,
  type ToolData,
  type ToolKind,
} from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { MediaRecord } from "../store/store.ts"

/** One turn of one conversation, as the engine gets it. */
export interface Turn {
  readonly runId: string
  readonly sessionKey: string
  /** A new one after a reset: the engine must not remember anything from before. */
  readonly sessionId: string
  /** Data, never a command line: it may start with a dash or hold backticks. */
  readonly prompt: string
  /** What the operator and the system tell the agent, apart from anybody's chat text. */
  readonly notes: readonly string[]
  readonly attachments: readonly Attachment[]
  /** Files that came with the prompt; one may have expired by now. */
  readonly resources: readonly MediaRecord[]
  readonly thinking: Thinking
  /** The latest messages of this conversation before this turn, oldest first. */
  history(limit: number): Promise<readonly ChatMessage[]>
}

/** What an engine says while it works. Text arrives as what is new, never as what is so far. */
export type TurnEvent =
  | { readonly stream: "assistant"; readonly delta: string }
  | { readonly stream: "thought"; readonly delta: string }
  | { readonly stream: "tool"; readonly data: ToolData }

/** What an engine wants to know before it does something. */
export interface PermissionAsk {
  readonly callId?: string
  readonly title: string
  readonly kind: ToolKind
  readonly input?: string
  readonly options: readonly PermissionOption[]
}

export interface Permission {
  /** Missing if none of the options was taken, which is a refusal. */
  readonly option?: PermissionOption
  readonly by: PermissionDecided["decided"]["by"]
}

export interface TurnOptions {
  readonly emit: (event: TurnEvent) => void
  /** Resolves when it is decided, at the latest when `signal` aborts; never rejects. */
  readonly permit: (ask: PermissionAsk) => Promise<Permission>
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
  /** Ends what the engine keeps running; what does not end by itself is killed after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/**
 * What an engine may do in the gateway, by name. The gateway decides what stands here; an engine
 * never reaches for anything else.
 */
export interface GatewayTool {
  readonly name: string
  readonly title: string
  readonly description: string
  /** Gives a JSON value. Rejects with a GatewayError for what may not be. */
  call(input: Readonly<Record<string, unknown>>, caller: ToolCaller): Promise<unknown>
}

/** The turn in which a tool is called. */
export type ToolCaller = Pick<Turn, "runId" | "sessionKey">

export type GatewayTools = ReadonlyMap<string, GatewayTool>

/** What an engine is made of. */
export interface EngineParts {
  readonly settings: EngineSettings
  readonly clock: Clock
  readonly log: Logger
  readonly timings: EngineTimings
  readonly tools: GatewayTools
  readonly memory: EngineMemory
  /** The gateway's own environment; what a child gets of it is an allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Shipped documentation: Markdown files, or folders of them. */
  readonly documents: readonly string[]
}

/** What stands under `agent` in the configuration and is an engine's business. */
interface EngineSettings {
  /** An argument array, or the name of a preset. */
  readonly command?: string | readonly string[] | undefined
  /** Absolute. Made if it is missing. */
  readonly cwd: string
  /** Names of variables that a child gets beyond the allow-list. */
  readonly env: readonly string[]
  /** Who the assistant is; given to the engine at the start of a conversation. */
  readonly instructions?: string | undefined
}

/** What an engine wants to know again after a restart, by a key of its own. */
export interface EngineMemory {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string): Promise<void>
}

interface EngineTimings {
  /** From an abort to the death of a process that does not stop by itself. */
  readonly graceMs: number
  /** Between two pieces of text of the built-in engine. */
  readonly deltaPauseMs: number
}

/** A row of the table of engines. Importing it must not load the engine's library. */
export interface EngineDefinition {
  create(parts: EngineParts): Promise<Engine>
}

/** What a turn rejects with once `signal` has aborted: the reason given there, if it is one for people. */
export function abortError(signal: AbortSignal): GatewayError {
  if (signal.reason instanceof GatewayError) return signal.reason
  return new GatewayError("UNAVAILABLE", "Stopped.", { reason: "aborted", retryable: false })
}
