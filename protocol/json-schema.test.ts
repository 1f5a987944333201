import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import formats from "ajv-formats"
import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { EventFrame, Hello, HelloError, HelloOk, RequestFrame, ResponseFrame } from "./frames.ts"
import { createJsonSchema, toDefName } from "./json-schema.ts"
import { isMethodName, METHOD_NAMES, METHODS } from "./methods.ts"
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

test("every noun and every method has its definition", () => {
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

// What Valibot and AJV must agree on: a sample with some of its values removed, replaced or added to.

// biome-ignore format: a row of values
const ODD = [
  null, true, false, 0, -0, 1, -1, 1.5, 1e9, 2 ** 53, "", " ", "a", "a\nb", "é", "main", "default",
  "k".repeat(128), "k".repeat(129), "k".repeat(255), "k".repeat(513), "k".repeat(8193),
  [], ["a"], [""], Array(17).fill("a"), Array(65).fill("a"), {}, { a: 1 }, [[]], [{}],
]
const KEYS = ["more", "token", "to", "name", "type", "constructor", "__proto__"]

interface Change {
  readonly at: number
  readonly how: "remove" | "replace" | "add" | "repeat"
  readonly value: unknown
  readonly key: string
}

const changes = fc.array(
  fc.record<Change>({
    at: fc.nat(),
    how: fc.constantFrom("remove", "replace", "add", "repeat"),
    value: fc.oneof(fc.constantFrom<unknown>(...ODD), fc.jsonValue({ maxDepth: 2 })),
    key: fc.oneof(fc.constantFrom(...KEYS), fc.string()),
  }),
  { minLength: 1, maxLength: 3 },
)

/** A copy of a JSON value with one change somewhere inside it. */
function mutate(value: unknown, change: Change): unknown {
  const root = { value: structuredClone(value) }
  const places = placesOf(root)
  const place = places[change.at % places.length]
  if (place === undefined) return root.value
  const current = place.holder[place.key]
  if (change.how === "remove") {
    if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1)
    else if (place.holder !== root) delete place.holder[place.key]
  } else if (change.how === "replace" || typeof current !== "object" || current === null) {
    place.holder[place.key] = change.value
  } else if (Array.isArray(current)) {
    current.push(change.how === "repeat" ? current[0] : change.value)
  } else {
    Object.defineProperty(current, change.key, {
      value: change.value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return root.value
}

interface Place {
  readonly holder: Record<string, unknown>
  readonly key: string
}

function placesOf(holder: object): Place[] {
  return Object.entries(holder).flatMap(([key, item]) => [
    { holder: holder as Record<string, unknown>, key },
    ...(typeof item === "object" && item !== null ? placesOf(item) : []),
  ])
}

/** A text outside the basic plane counts more in UTF-16 units than in code points: not compared. */
function isComparable(value: unknown): boolean {
  const text = JSON.stringify(value)
  return text !== undefined && !/[\uD800-\uDFFF]|\\ud[89a-f]/.test(text)
}

function agree(
  name: string,
  samples: readonly unknown[],
  isValid: (value: unknown) => boolean,
): void {
  const validate = judge(name)
  let valid = 0
  fc.assert(
    fc.property(fc.constantFrom(...samples), changes, (sample, steps) => {
      const value = steps.reduce(mutate, JSON.parse(JSON.stringify(sample)))
      const json: unknown = JSON.parse(JSON.stringify(value) ?? "null")
      fc.pre(isComparable(json))
      const expected = isValid(json)
      if (expected) valid += 1
      expect(validate(json), JSON.stringify([json, validate.errors])).toBe(expected)
    }),
    { numRuns: 2000 },
  )
  // Else the mutations are so wild that agreement means nothing.
  expect(valid).toBeGreaterThan(20)
}

test("[H1] Valibot and AJV agree on what is a hello", () => {
  // A token that is no text is a wrong token to the gateway, yet nothing that a client should send.
  const token = v.object({ auth: v.optional(v.object({ token: v.optional(v.string()) })) })
  agree("Hello", [hello], (value) => v.is(Hello, value) && v.is(token, value))
})

test("[R1, R2] Valibot and AJV agree on what is a request", () => {
  agree("RequestFrame", requests, (value) => {
    if (!v.is(RequestFrame, value)) return false
    return (
      !isMethodName(value.method) ||
      v.is(METHODS[value.method].params, "params" in value ? value.params : {})
    )
  })
})

test.for(METHOD_NAMES)("[R2] Valibot and AJV agree on the params of %s", (method) => {
  agree(toDefName(method, "Params"), [params[method]], (value) =>
    v.is(METHODS[method].params, value),
  )
})

test.for([
  ["HelloOk", HelloOk, [helloOk]],
  ["HelloError", HelloError, [helloError]],
  ["ResponseFrame", ResponseFrame, responses],
  ["EventFrame", EventFrame, events],
] as const)("[VA21] what AJV takes as %s, Valibot takes", ([name, frame, samples]) => {
  const validate = judge(name)
  fc.assert(
    fc.property(fc.constantFrom<unknown>(...samples), changes, (sample, steps) => {
      const json: unknown = JSON.parse(JSON.stringify(steps.reduce(mutate, sample)) ?? "null")
      fc.pre(isComparable(json))
      if (validate(json)) expect(v.is(frame, json), JSON.stringify(json)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
