import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { decodeText, EventFrame, encodeFrame, Hello, RequestFrame } from "./frames.ts"
import { describeIssues } from "./issues.ts"
import { events, health, hello, helloError, helloOk, params, responses } from "./testing/samples.ts"

const frames = [hello, helloOk, helloError, ...responses, ...events]

function check(schema: v.GenericSchema, value: unknown): string {
  const result = v.safeParse(schema, value)
  return result.success ? "valid" : describeIssues(result.issues)
}

test("[T2] every frame survives its way over the wire", () => {
  for (const frame of frames) {
    expect(decodeText(encodeFrame(frame))).toEqual({ ok: true, value: frame })
  }
})

test("[T2] a request survives its way over the wire, whatever its params", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.jsonValue(), (id, method, any) => {
      const frame = JSON.parse(JSON.stringify({ type: "req", id, method, params: any }))
      expect(decodeText(encodeFrame(frame))).toEqual({ ok: true, value: frame })
    }),
  )
})

test("[T2] no text makes the decoder throw", () => {
  const pieces = fc.array(fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "1", "\\u", "null"))
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    pieces.map((each) => each.join("")),
  )
  fc.assert(
    fc.property(text, (each) => {
      expect(decodeText(each).ok).toBeTypeOf("boolean")
    }),
  )
})

test("[T2, HS5] a byte order mark, two objects, NaN or nothing is malformed JSON", () => {
  for (const text of ["\uFEFF{}", "{}{}", "NaN", "", '{"a":1,}', "hello"]) {
    expect(decodeText(text)).toEqual({ ok: false, problem: "malformed JSON" })
  }
})

test("[HS25] of a key that stands twice the last one counts", () => {
  const text = encodeFrame(hello).replace("{", '{"type":"req",')
  expect(decodeText(text)).toEqual({ ok: true, value: hello })
})

test("[HS4, HS6] what is no hello is told apart from one", () => {
  expect(check(Hello, null)).toBe("must be Object, not null")
  expect(check(Hello, 42)).toBe("must be Object, not 42")
  expect(check(Hello, "x")).toBe('must be Object, not "x"')
  expect(check(Hello, [])).toContain("/type required")
  expect(check(Hello, { type: "req", id: "1", method: "health" })).toContain('not "req"')
})

test("[H1] a hello needs nothing beyond versions and client", () => {
  const { name, version, platform, mode } = hello.client
  const client = { name, version, platform, mode }
  expect(check(Hello, { type: "hello", minProtocol: 1, maxProtocol: 1, client })).toBe("valid")
})

test("[H1, HS7] a client without a name is told where it is missing", () => {
  const { name: _, ...client } = hello.client
  expect(check(Hello, { ...hello, client })).toBe("/client/name required")
  const nameless = { ...hello, client: { ...client, name: "" } }
  expect(check(Hello, nameless)).toBe("/client/name: must not be empty")
})

test("[H1, HS8] a hello may hold keys of a newer protocol", () => {
  const newer = { ...hello, color: "red", client: { ...hello.client, theme: "dark" } }
  expect(v.parse(Hello, newer)).toEqual(hello)
})

test("[H1, HS12] a version is a whole number from 1", () => {
  for (const version of [0, -0, -1, 1.5, "1", Number("1e400"), 2 ** 53, null]) {
    expect(check(Hello, { ...hello, minProtocol: version })).toMatch(/^\/minProtocol: must /)
  }
})

test("[H1, HS23] a hello keeps to its limits", () => {
  const named = (name: string) => ({ ...hello, client: { ...hello.client, name } })
  expect(check(Hello, named("n".repeat(128)))).toBe("valid")
  expect(check(Hello, named("n".repeat(129)))).toContain("at most 128")
  const capable = (count: number, length = 64) => ({
    ...hello,
    caps: Array(count).fill("c".repeat(length)),
  })
  expect(check(Hello, capable(64))).toBe("valid")
  expect(check(Hello, capable(65))).toBe("/caps: must have at most 64 entries")
  expect(check(Hello, capable(1, 65))).toContain("/caps/0: must have at most 64")
  expect(check(Hello, { ...hello, userAgent: "u".repeat(512) })).toBe("valid")
  expect(check(Hello, { ...hello, userAgent: "u".repeat(513) })).toContain("at most 512")
  expect(check(Hello, { ...hello, locale: "" })).toContain("/locale")
})

test("[AU1] a token that is no text is a wrong token, not an invalid hello", () => {
  expect(v.parse(Hello, { ...hello, auth: { token: 5 } }).auth).toEqual({ token: "" })
  expect(check(Hello, { ...hello, auth: [] })).toBe("/auth: must be Object, not Array")
})

test("[R1, VA1] the id of a request has 1 to 128 characters", () => {
  const request = (id: unknown) => ({ type: "req", id, method: "send", params: params.send })
  expect(check(RequestFrame, request("i".repeat(128)))).toBe("valid")
  for (const id of ["", "i".repeat(129), "i".repeat(10_000), 5, null, undefined]) {
    expect(check(RequestFrame, request(id))).toMatch(/^\/id/)
  }
})

test("[R1] a request may come without params", () => {
  expect(check(RequestFrame, { type: "req", id: "1", method: "health" })).toBe("valid")
})

test("[VA2] a frame of another type is no request", () => {
  for (const type of ["res", "event", "foo"]) {
    expect(check(RequestFrame, { type, id: "7", method: "health" })).toContain("/type: must be")
  }
  const more = { type: "req", id: "7", method: "health", more: 1 }
  expect(check(RequestFrame, more)).toBe("/more: unknown key")
})

test("[E1] an event has a number from 1", () => {
  const tick = { type: "event", event: "tick", payload: { ts: 1 } }
  expect(check(EventFrame, { ...tick, seq: 1 })).toBe("valid")
  expect(check(EventFrame, { ...tick, seq: 0 })).toBe("/seq: must be at least 1")
  expect(check(EventFrame, tick)).toBe("/seq required")
})

test("[E5, SD6] a time of restart is a whole number or absent, never null", () => {
  const shutdown = (payload: object) => ({ type: "event", event: "shutdown", seq: 1, payload })
  expect(check(EventFrame, shutdown({ reason: "SIGTERM" }))).toBe("valid")
  expect(check(EventFrame, shutdown({ reason: "SIGTERM", restartExpectedMs: 10 }))).toBe("valid")
  for (const restartExpectedMs of [null, 1.5, -1]) {
    const frame = shutdown({ reason: "SIGTERM", restartExpectedMs })
    expect(check(EventFrame, frame)).toContain("/restartExpectedMs")
  }
})

test("[E9] a health event carries the whole snapshot", () => {
  const { sessions: _, ...partial } = health
  const frame = { type: "event", event: "health", seq: 1, payload: health }
  expect(check(EventFrame, frame)).toBe("valid")
  expect(check(EventFrame, { ...frame, payload: partial })).toBe("/payload/sessions required")
})

test("the payload of an event is typed by its name", () => {
  // @ts-expect-error A tick has a ts.
  const tick: EventFrame = { type: "event", event: "tick", seq: 1, payload: {} }
  // @ts-expect-error There is no such event.
  const other: EventFrame = { type: "event", event: "heartbeat", seq: 1, payload: { ts: 1 } }
  expect([tick, other]).toHaveLength(2)
})
