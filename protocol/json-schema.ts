// The tables as one JSON Schema (draft 2020-12), for other languages and for an independent judge.
// Lengths: JSON Schema counts code points where the gateway counts UTF-16 units.

import { type JsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema"
import * as v from "valibot"
import { AgentEvent } from "./agent.ts"
import { ChatMessage } from "./chat.ts"
import { ErrorShape } from "./errors.ts"
import { EventFrame, Hello, HelloError, HelloOk, RequestFrame, ResponseFrame } from "./frames.ts"
import { METHOD_NAMES, METHODS, type MethodName } from "./methods.ts"
import { PresenceEntry } from "./presence.ts"
import { Policy, Snapshot, StateVersion } from "./snapshot.ts"

const FRAMES = { Hello, HelloOk, HelloError, RequestFrame, ResponseFrame, EventFrame }
const NOUNS = { PresenceEntry, StateVersion, Snapshot, Policy, ErrorShape, AgentEvent, ChatMessage }

export interface ProtocolSchema {
  readonly $schema: string
  readonly title: string
  readonly oneOf: readonly JsonSchema[]
  readonly $defs: Readonly<Record<string, JsonSchema>>
}

/** One of the six frames; every noun, params, ack and result has its name under `$defs`. */
export function createJsonSchema(): ProtocolSchema {
  const defs: Record<string, JsonSchema> = toJsonSchemaDefs(
    { ...FRAMES, ...NOUNS, ...methodSchemas() },
    { target: "draft-2020-12", errorMode: "throw" },
  )
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
export function toDefName(method: string, part: "Params" | "Ack" | "Result"): string {
  const words = method.split(/[.-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${words.join("")}${part}`
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
