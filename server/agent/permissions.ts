// What becomes of an agent's questions "may I?" in one turn: a rule of the configuration decides, or a
// person at a client does, in time. Whatever is in doubt is refused.

import { randomUUID } from "node:crypto"
import {
  type AgentEvent,
  cutText,
  invalidRequest,
  type PermissionOption,
  type PermissionRequest,
  quote,
} from "#protocol"
import type { Clock, Timer } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { RunRecord } from "../store/store.ts"
import type { Permission, PermissionAsk } from "./engine.ts"

type Decision = "ask" | "refuse" | "allow"

interface PermissionRule {
  /** Kinds of tools; `*` stands for all. */
  readonly kinds: readonly string[]
  readonly decision: Decision
}

/** A word, or rules of which the first that names the kind counts; `agent.permissions`. */
type PermissionPolicy = Decision | readonly PermissionRule[]

export interface PermissionSettings {
  /** Runs that a client asked for. */
  readonly webchat: PermissionPolicy
  /** Runs that a message of a channel started: nobody is there to be asked. */
  readonly channels: PermissionPolicy
}

/** What no rule names. */
const UNNAMED = { webchat: "ask", channels: "refuse" } as const

/** Questions of one turn that wait at a time; the page shows them all. */
const MAX_PENDING = 8
const MAX_OPTIONS = 8
/** In bytes of JSON; all that waits must fit beside a page of history. */
const MAX_TITLE_BYTES = 512
const MAX_INPUT_BYTES = 2 * 1024
const MAX_LABEL_BYTES = 128
const MAX_ID_LENGTH = 128

export interface TurnPermissions {
  /** Never rejects. */
  permit(ask: PermissionAsk): Promise<Permission>
  /** Throws `INVALID_REQUEST` for what does not wait, or is none of its options. */
  decide(requestId: string, optionId: string): void
  readonly pending: readonly PermissionRequest[]
  /** Refuses what waits and what comes. */
  stop(by: "timeout" | "abort"): void
}

export interface TurnPermissionsParts {
  readonly record: Pick<RunRecord, "runId" | "origin">
  readonly settings: PermissionSettings
  /** Whether a client is there that could answer. */
  readonly canAsk: () => boolean
  readonly clock: Clock
  readonly log: Logger
  /** How long a person has. */
  readonly permissionMs: number
  /** The end of the run. */
  readonly deadlineAt: number
  readonly emit: (data: Pick<AgentEvent, "stream" | "data">) => void
}

interface Waiting {
  readonly request: PermissionRequest
  readonly timer: Timer
  settle(permission: Permission): void
}

export function createTurnPermissions(parts: TurnPermissionsParts): TurnPermissions {
  const { clock, emit, log, record } = parts
  const waiting = new Map<string, Waiting>()
  let stopped: "timeout" | "abort" | undefined

  function permit(asked: PermissionAsk): Promise<Permission> {
    const ask = toShown(asked)
    if (stopped !== undefined) return Promise.resolve({ by: stopped })
    const decision = decisionFor(parts.settings, record.origin, ask.kind)
    if (decision === "ask" && parts.canAsk() && waiting.size < MAX_PENDING) return askPerson(ask)
    const option = decision === "allow" ? allowing(ask.options) : refusing(ask.options)
    const permission = toPermission(option, "rule")
    note(randomUUID(), ask, permission)
    return Promise.resolve(permission)
  }

  function askPerson(ask: PermissionAsk): Promise<Permission> {
    const requestId = randomUUID()
    const { promise, resolve } = Promise.withResolvers<Permission>()
    const waitMs = Math.max(0, Math.min(parts.permissionMs, parts.deadlineAt - clock.now()))
    const { callId, input, options, title } = ask
    const request: PermissionRequest = {
      requestId,
      ...(callId !== undefined && { callId }),
      title,
      ...(input !== undefined && { input }),
      options: [...options],
      expiresAt: clock.now() + waitMs,
    }
    const settle = (permission: Permission): void => {
      waiting.get(requestId)?.timer.cancel()
      waiting.delete(requestId)
      note(requestId, ask, permission)
      resolve(permission)
    }
    const timer = clock.after(waitMs, () => settle(toPermission(refusing(options), "timeout")))
    waiting.set(requestId, { request, timer, settle })
    emit({ stream: "permission", data: request })
    return promise
  }

  /** What was asked for is a person's business, not the log's. */
  function note(requestId: string, ask: PermissionAsk, { by, option }: Permission): void {
    const { callId, kind, title } = ask
    emit({
      stream: "permission",
      data: {
        requestId,
        ...(callId !== undefined && { callId }),
        title,
        decided: { ...(option !== undefined && { optionId: option.id }), by },
      },
    })
    const decision = option?.kind ?? "refused"
    log.info("the agent asked for permission", { runId: record.runId, kind, decision, by })
  }

  return {
    permit,
    decide(requestId, optionId) {
      const found = waiting.get(requestId)
      if (found === undefined) {
        throw invalidRequest("requestId: no such question waits; it may be decided already")
      }
      const option = found.request.options.find(({ id }) => id === optionId)
      if (option === undefined) {
        throw invalidRequest(`optionId: ${quote(optionId)} is none of the options`)
      }
      found.settle({ option, by: "client" })
    },
    get pending() {
      return [...waiting.values()].map(({ request }) => request)
    },
    stop(by) {
      stopped ??= by
      for (const { settle } of [...waiting.values()]) settle({ by })
    },
  }
}

function decisionFor(
  settings: PermissionSettings,
  origin: RunRecord["origin"],
  kind: string,
): Decision {
  const place = origin === "request" ? "webchat" : "channels"
  const policy = settings[place]
  if (typeof policy === "string") return policy
  const rule = policy.find(({ kinds }) => kinds.includes(kind) || kinds.includes("*"))
  return rule?.decision ?? UNNAMED[place]
}

/** A rule allows this once and never for ever: what an agent remembers counts for other chats as well. */
function allowing(options: readonly PermissionOption[]): PermissionOption | undefined {
  return options.find(({ kind }) => kind === "allow_once") ?? refusing(options)
}

function refusing(options: readonly PermissionOption[]): PermissionOption | undefined {
  return (
    options.find(({ kind }) => kind === "reject_once") ??
    options.find(({ kind }) => kind === "reject_always")
  )
}

function toPermission(option: PermissionOption | undefined, by: Permission["by"]): Permission {
  return { ...(option !== undefined && { option }), by }
}

/** An id is never cut: it would name nothing any more. */
function toShown(ask: PermissionAsk): PermissionAsk {
  const { callId, input, options, title } = ask
  return {
    kind: ask.kind,
    ...(callId !== undefined && { callId: cutText(callId, MAX_LABEL_BYTES) }),
    title: cutText(title, MAX_TITLE_BYTES),
    ...(input !== undefined && { input: cutText(input, MAX_INPUT_BYTES) }),
    options: options
      .filter(({ id }) => id !== "" && id.length <= MAX_ID_LENGTH && id.isWellFormed())
      .slice(0, MAX_OPTIONS)
      .map((option) => ({ ...option, label: cutText(option.label, MAX_LABEL_BYTES) })),
  }
}
