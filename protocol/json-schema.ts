// The tables as one JSON Schema (draft 2020-12), for other languages and for an independent judge.
// Lengths: JSON Schema counts code points where the gateway counts UTF-16 units.

import { type JsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema"
import * as v from "valibot"
import {
  AgentEvent,
  Attachment,
  Delivery,
  DeltaData,
  LifecycleData,
  Thinking,
  ToolData,
} from "./agent.ts"
import {
  AttachmentPart,
  ChatMessage,
  Part,
  RunningTurn,
  TextPart,
  ThoughtPart,
  ToolPart,
} from "./chat.ts"
import { Command } from "./commands.ts"
import { ErrorCode, ErrorShape, HelloErrorCode } from "./errors.ts"
import { EVENT_NAMES, EVENTS } from "./events.ts"
import { EventFrame, Hello, HelloError, HelloOk, RequestFrame, ResponseFrame } from "./frames.ts"
import {
  AgentState,
  ChannelHealth,
  ChannelState,
  DroppedSender,
  HealthSnapshot,
  InboxCounts,
  Notice,
  OutboxCounts,
  RecentSession,
  UnknownDelivery,
} from "./health.ts"
import { nameNested } from "./json-schema-names.ts"
import { LoginState } from "./login.ts"
import { LogLine } from "./logs.ts"
import { METHOD_NAMES, METHODS, type MethodName } from "./methods.ts"
import { OutboxResult, OutboxRow } from "./outbox.ts"
import { PermissionDecided, PermissionOption, PermissionRequest } from "./permissions.ts"
import { PresenceEntry } from "./presence.ts"
import { AllowedSender, SenderParams, SenderResult } from "./senders.ts"
import { SessionParams, SessionRow } from "./sessions.ts"
import { Policy, Snapshot, StateVersion } from "./snapshot.ts"

const FRAMES = { Hello, HelloOk, HelloError, RequestFrame, ResponseFrame, EventFrame }

/** What the frames are made of. What two places share must be here, else each gets a copy of its own. */
const NOUNS = {
  ...{ PresenceEntry, StateVersion, Snapshot, Policy, ErrorShape, ErrorCode, HelloErrorCode },
  ...{ AgentEvent, LifecycleData, DeltaData, ToolData, Attachment, Delivery, Thinking },
  ...{ PermissionRequest, PermissionDecided, PermissionOption },
  ...{ ChatMessage, Part, TextPart, ThoughtPart, ToolPart, AttachmentPart, RunningTurn },
  ...{ HealthSnapshot, ChannelHealth, ChannelState, AgentState, RecentSession, OutboxCounts },
  ...{ InboxCounts, Notice, DroppedSender, UnknownDelivery, LoginState, LogLine, Command },
  ...{ SessionRow, SessionParams, OutboxRow, OutboxResult },
  ...{ AllowedSender, SenderParams, SenderResult, NoParams: METHODS.health.params },
}

export interface ProtocolSchema {
  readonly $schema: string
  readonly title: string
  readonly oneOf: readonly JsonSchema[]
  readonly $defs: Readonly<Record<string, JsonSchema>>
}

/** One of the six frames; every noun, payload, params, ack and result has its name under `$defs`. */
export function createJsonSchema(): ProtocolSchema {
  const defs = nameNested(toDefs({ ...FRAMES, ...NOUNS, ...eventSchemas(), ...methodSchemas() }))
  const oneOf = Object.keys(FRAMES).map(toRef)
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Gateway protocol",
    oneOf,
    $defs: {
      ...defs,
      RequestFrame: { ...defs["RequestFrame"], allOf: METHOD_NAMES.map(tieParams) },
      GatewayFrame: { oneOf },
    },
  }
}

/** The name of a method's params, ack or result under `$defs`: `chat.history` gives `ChatHistoryParams`. */
export function toDefName(method: string, part: "Params" | "Ack" | "Result" | "Event"): string {
  const words = method.split(/[.-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${words.join("")}${part}`
}

/** The schemas under their names; one that has two names stands under the first. */
function toDefs(schemas: Readonly<Record<string, v.GenericSchema>>): Record<string, JsonSchema> {
  const first = new Map<v.GenericSchema, string>()
  for (const [name, schema] of Object.entries(schemas)) {
    if (!first.has(schema)) first.set(schema, name)
  }
  const defs = toJsonSchemaDefs(
    Object.fromEntries([...first].map(([schema, name]) => [name, schema])),
    { target: "draft-2020-12", errorMode: "throw" },
  )
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const known = first.get(schema) ?? name
      return [name, known === name ? (defs[name] ?? {}) : toRef(known)]
    }),
  )
}

function eventSchemas(): Record<string, v.GenericSchema> {
  return Object.fromEntries(EVENT_NAMES.map((name) => [toDefName(name, "Event"), EVENTS[name]]))
}

function methodSchemas(): Record<string, v.GenericSchema> {
  const schemas: Record<string, v.GenericSchema> = {}
  for (const method of METHOD_NAMES) {
    const row = METHODS[method]
    schemas[toDefName(method, "Params")] = row.params
    if ("ack" in row) schemas[toDefName(method, "Ack")] = row.ack
    schemas[toDefName(method, "Result")] = row.result
  }
  return schemas
}

// A condition, not a union of requests: an unknown method is a frame all the same (rule R5), and
// generators for other languages keep one simple type.
function tieParams(method: MethodName): JsonSchema {
  const params = toRef(toDefName(method, "Params"))
  const mayBeMissing = v.is(METHODS[method].params, {})
  return {
    if: { properties: { method: { const: method } } },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
    then: { properties: { params }, ...(!mayBeMissing && { required: ["params"] }) },
  }
}

function toRef(name: string): { readonly $ref: string } {
  return { $ref: `#/$defs/${name}` }
}
