import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { CLOSE, decodeText, HelloError, PROTOCOL_VERSION } from "#protocol"
import { judgeHello } from "./handshake.ts"

const TOKEN = "a token of some length"
const HELLO = {
  type: "hello",
  minProtocol: 1,
  maxProtocol: 1,
  client: { name: "test", version: "1", platform: "linux", mode: "test" },
}

function judge(hello: unknown, token?: string) {
  return judgeHello(decodeText(JSON.stringify(hello)), { token, shuttingDown: false })
}

const judgeText = (text: string) =>
  judgeHello(decodeText(text), { token: undefined, shuttingDown: false })

function expectInvalid(judged: ReturnType<typeof judge>, reason: string) {
  expect(judged).toMatchObject({
    ok: false,
    close: CLOSE.invalidHello,
    error: { code: "INVALID_REQUEST", reason: expect.stringContaining("invalid hello: ") },
  })
  if (!judged.ok) expect(judged.error.reason).toContain(reason)
}

test("[H1, HS8] a hello is accepted, and keys that nobody knows are ignored", () => {
  expect(judge(HELLO)).toMatchObject({ ok: true, protocol: 1 })
  const newer = { ...HELLO, hologram: true, client: { ...HELLO.client, mood: "good" } }
  expect(judge(newer)).toMatchObject({ ok: true })
})

test.for([
  ["a request", { type: "req", id: "1", method: "health" }, "the first frame must be a hello"],
  ["null", null, "the first frame must be a hello"],
  ["an array", [HELLO], "the first frame must be a hello"],
  ["a number", 42, "the first frame must be a hello"],
  ["a string", "hello", "the first frame must be a hello"],
  ["no name", { ...HELLO, client: { ...HELLO.client, name: undefined } }, "/client/name"],
  ["an empty name", { ...HELLO, client: { ...HELLO.client, name: "" } }, "/client/name"],
  ["a long name", { ...HELLO, client: { ...HELLO.client, name: "x".repeat(129) } }, "/client/name"],
  ["a long mode", { ...HELLO, client: { ...HELLO.client, mode: "x".repeat(129) } }, "/client/mode"],
  ["a long userAgent", { ...HELLO, userAgent: "x".repeat(513) }, "/userAgent"],
  ["65 caps", { ...HELLO, caps: Array(65).fill("x") }, "/caps"],
  ["a long cap", { ...HELLO, caps: ["x".repeat(65)] }, "/caps/0"],
  ["a range upside down", { ...HELLO, minProtocol: 2 }, "minProtocol > maxProtocol"],
  ["version 0", { ...HELLO, minProtocol: 0 }, "/minProtocol"],
  ["a fraction", { ...HELLO, maxProtocol: 1.5 }, "/maxProtocol"],
  ["a version as text", { ...HELLO, maxProtocol: "1" }, "/maxProtocol"],
  ["a version beyond 2^53", { ...HELLO, maxProtocol: 2 ** 53 }, "/maxProtocol"],
  ["U+0000", { ...HELLO, client: { ...HELLO.client, name: "a\0b" } }, "/client/name"],
] as const)(
  "[H3, HS4, HS6, HS7, HS9, HS12, HS23] a hello with %s is refused",
  ([, hello, reason]) => {
    expectInvalid(judge(hello), reason)
  },
)

test("[H3, HS5, HS12] what is not JSON, and numbers that are none, are refused", () => {
  expectInvalid(judgeText("{"), "malformed JSON")
  expectInvalid(judgeText(JSON.stringify(HELLO).replace(":1", ":-0")), "/minProtocol")
  expectInvalid(judgeText(JSON.stringify(HELLO).replace(":1", ":1e400")), "/minProtocol")
})

test("[HS25] of a key that stands twice the last one counts", () => {
  const text = JSON.stringify(HELLO)
  expect(judgeText(`{"type":"req",${text.slice(1)}`)).toMatchObject({ ok: true })
  expectInvalid(judgeText(`${text.slice(0, -1)},"type":"req"}`), "the first frame must be a hello")
})

test("[T5] a hello that nests deeper than the limit is refused unread", () => {
  const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`
  expectInvalid(judgeText(`{"type":"hello","x":${deep}}`), "too deeply nested")
})

test("[H4, HS11] the highest version that both sides know is chosen", () => {
  const judged = judge({ ...HELLO, minProtocol: 1, maxProtocol: 99 })
  expect(judged).toMatchObject({ ok: true, protocol: PROTOCOL_VERSION })
})

test("[H3, HS10] a range without a version of ours is told which one is expected", () => {
  expect(judge({ ...HELLO, minProtocol: 98, maxProtocol: 99 })).toEqual({
    ok: false,
    close: CLOSE.protocolMismatch,
    error: {
      type: "hello-error",
      code: "PROTOCOL_MISMATCH",
      reason: "protocol mismatch",
      expectedProtocol: PROTOCOL_VERSION,
    },
  })
})

test.for([
  ["missing", undefined],
  ["without a token", {}],
  ["empty", { token: "" }],
  ["wrong", { token: "a token of other length" }],
  ["a prefix", { token: TOKEN.slice(0, -1) }],
  ["longer", { token: `${TOKEN} ` }],
  ["of other case", { token: TOKEN.toUpperCase() }],
  ["a number", { token: 12345 }],
  ["an array of it", { token: [TOKEN] }],
] as const)("[H3, AU1] a token that is %s is unauthorized", ([, auth]) => {
  const judged = judge({ ...HELLO, ...(auth !== undefined && { auth }) }, TOKEN)
  expect(judged).toMatchObject({
    ok: false,
    close: CLOSE.unauthorized,
    error: { code: "UNAUTHORIZED", reason: expect.stringMatching(/^unauthorized/) },
  })
})

test("[H3, AU2, AU3] the right token opens, and where none is needed any is ignored", () => {
  expect(judge({ ...HELLO, auth: { token: TOKEN } }, TOKEN)).toMatchObject({ ok: true })
  expect(judge({ ...HELLO, auth: { token: "whatever" } })).toMatchObject({ ok: true })
})

test("[AU22] a mode is a label and opens nothing", () => {
  const admin = { ...HELLO, client: { ...HELLO.client, mode: "admin" } }
  expect(judge(admin, TOKEN)).toMatchObject({ ok: false, close: CLOSE.unauthorized })
})

test("[H3, HS20] during shutdown every hello is refused as UNAVAILABLE", () => {
  const judged = judgeHello(decodeText("anything"), { token: TOKEN, shuttingDown: true })
  expect(judged).toMatchObject({
    ok: false,
    close: CLOSE.serviceRestart,
    error: { code: "UNAVAILABLE", reason: expect.stringContaining("shutting down") },
  })
})

test("[H3] whatever a first frame is, it is judged, and a refusal has the published shape", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      const judged = judgeHello(decodeText(text), { token: TOKEN, shuttingDown: false })
      expect(judged.ok).toBe(false)
      if (!judged.ok) expect(v.is(HelloError, judged.error)).toBe(true)
    }),
  )
})
