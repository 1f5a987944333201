// TABLE: every method, what it takes and what it gives. A row here is the registration: the handlers,
// `features.methods`, the JSON Schema and the types of every client follow from it.

import * as v from "valibot"
import { AgentAck, AgentFinal, AgentParams } from "./agent.ts"
import { ChatAbortParams, ChatAbortResult, ChatHistory, ChatHistoryParams } from "./chat.ts"
import { CommandList } from "./commands.ts"
import { HealthSnapshot, StatusSummary } from "./health.ts"
import {
  LoggedOut,
  LoginCancelled,
  LoginCancelParams,
  LoginStarted,
  LoginStartParams,
  LogoutParams,
} from "./login.ts"
import { LogsTail, LogsTailParams } from "./logs.ts"
import { MediaGetParams, MediaPiece } from "./media.ts"
import { OutboxDropParams, OutboxList, OutboxResult, OutboxRetryParams } from "./outbox.ts"
import { AgentDecideParams } from "./permissions.ts"
import { PresenceEntry, SystemEventParams } from "./presence.ts"
import { SendParams, SendResult } from "./send.ts"
import { SenderList, SenderParams, SenderResult } from "./senders.ts"
import {
  SessionDeleteResult,
  SessionList,
  SessionListParams,
  SessionParams,
  SessionPatchParams,
  SessionResetResult,
  SessionRow,
} from "./sessions.ts"
import { notArray } from "./text.ts"

const NoParams = notArray(v.strictObject({}))

/** `ack` marks a method that answers twice: once when accepted, once when done. */
export const METHODS = {
  health: { params: NoParams, result: HealthSnapshot },
  status: { params: NoParams, result: StatusSummary },
  "system-presence": { params: NoParams, result: v.array(PresenceEntry) },
  "system-event": { params: SystemEventParams, result: v.object({ ok: v.literal(true) }) },
  send: { params: SendParams, result: SendResult },
  agent: { params: AgentParams, ack: AgentAck, result: AgentFinal },
  "agent.decide": { params: AgentDecideParams, result: v.object({ ok: v.literal(true) }) },
  "chat.history": { params: ChatHistoryParams, result: ChatHistory },
  "chat.abort": { params: ChatAbortParams, result: ChatAbortResult },
  "sessions.list": { params: notArray(SessionListParams), result: SessionList },
  "sessions.patch": { params: SessionPatchParams, result: SessionRow },
  "sessions.reset": { params: SessionParams, result: SessionResetResult },
  "sessions.delete": { params: SessionParams, result: SessionDeleteResult },
  "logs.tail": { params: notArray(LogsTailParams), result: LogsTail },
  "commands.list": { params: NoParams, result: CommandList },
  "media.get": { params: MediaGetParams, result: MediaPiece },
  "login.start": { params: LoginStartParams, result: LoginStarted },
  "login.cancel": { params: notArray(LoginCancelParams), result: LoginCancelled },
  logout: { params: LogoutParams, result: LoggedOut },
  "senders.list": { params: NoParams, result: SenderList },
  "senders.allow": { params: SenderParams, result: SenderResult },
  "senders.remove": { params: SenderParams, result: SenderResult },
  "outbox.list": { params: NoParams, result: OutboxList },
  "outbox.retry": { params: OutboxRetryParams, result: OutboxResult },
  "outbox.drop": { params: OutboxDropParams, result: OutboxResult },
} as const satisfies Record<string, MethodDefinition>

interface MethodDefinition {
  readonly params: v.GenericSchema
  readonly ack?: v.GenericSchema
  readonly result: v.GenericSchema
}

type Table = typeof METHODS

export type MethodName = keyof Table
export type MethodParams<M extends MethodName> = v.InferOutput<Table[M]["params"]>
export type MethodResult<M extends MethodName> = v.InferOutput<Table[M]["result"]>
export type MethodAck<M extends MethodName> = Table[M] extends { readonly ack: infer Ack }
  ? Ack extends v.GenericSchema
    ? v.InferOutput<Ack>
    : never
  : never

export const METHOD_NAMES = Object.keys(METHODS) as MethodName[]

/** Whether `name` is a row of the table; `constructor` and the like are not (rule R5). */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name)
}
