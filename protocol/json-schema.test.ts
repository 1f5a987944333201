import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import formats from "ajv-formats"
import { expect, test } from "vitest"
import { createJsonSchema, toDefName } from "./json-schema.ts"
import { METHOD_NAMES } from "./methods.ts"
import { events, hello, helloError, helloOk, params, responses } from "./testing/samples.ts"

const schema = createJsonSchema()
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false })
formats.default(ajv)
ajv.addSchema(schema, "protocol")

function judge(name: string): ValidateFunction {
  const found = ajv.getSchema(`protocol#/$defs/${name}`)
  if (found === undefined) throw new Error(`no $defs/${name}`)
  return found
}

const requests = METHOD_NAMES.map((method) => ({
  type: "req",
  id: "1",
  method,
  params: params[method],
}))

test("[T2] the published schema takes every kind of frame", () => {
  const whole = ajv.getSchema("protocol")
  for (const frame of [hello, helloOk, helloError, ...requests, ...responses, ...events]) {
    expect(whole?.(frame), JSON.stringify(whole?.errors)).toBe(true)
  }
  for (const nothing of [null, [], {}, { type: "req" }, { type: "other" }, "x", 5]) {
    expect(whole?.(nothing)).toBe(false)
  }
})

test("[VA21] each frame is valid under its own name and no other", () => {
  const samples: Record<string, readonly unknown[]> = {
    Hello: [hello],
    HelloOk: [helloOk],
    HelloError: [helloError],
    RequestFrame: requests,
    ResponseFrame: responses,
    EventFrame: events,
  }
  for (const [name, frames] of Object.entries(samples)) {
    for (const other of Object.keys(samples)) {
      for (const frame of frames) expect(judge(other)(frame)).toBe(name === other)
    }
  }
})

test("[G1] every noun and every method has its definition", () => {
  const nouns =
    "GatewayFrame PresenceEntry StateVersion Snapshot Policy ErrorShape AgentEvent ChatMessage"
  const parts = METHOD_NAMES.flatMap((method) => [
    toDefName(method, "Params"),
    toDefName(method, "Result"),
  ])
  expect(Object.keys(schema.$defs)).toEqual(
    expect.arrayContaining([...nouns.split(" "), ...parts, "AgentAck"]),
  )
  expect(toDefName("chat.history", "Params")).toBe("ChatHistoryParams")
  expect(toDefName("system-presence", "Result")).toBe("SystemPresenceResult")
})

test("[R5] the published schema ties a known method to its params and lets others pass", () => {
  const request = judge("RequestFrame")
  expect(request({ type: "req", id: "1", method: "health" })).toBe(true)
  expect(request({ type: "req", id: "1", method: "health", params: { a: 1 } })).toBe(false)
  expect(request({ type: "req", id: "1", method: "send" })).toBe(false)
  expect(request({ type: "req", id: "1", method: "unheard-of", params: 5 })).toBe(true)
})

test("the published schema is the same every time", () => {
  expect(JSON.stringify(createJsonSchema())).toBe(JSON.stringify(schema))
})
