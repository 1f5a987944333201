import fc from "fast-check"
import { expect, test } from "vitest"
import { CLOSE, type Close, type HelloOk } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { TEST_HELLO } from "../testing/test-client.ts"
import { createConnection } from "./connection.ts"
import { prepareEvent } from "./prepared-event.ts"

const TOKEN = "a token of some length"
const hello = { type: "hello", ...TEST_HELLO, auth: { token: TOKEN } }
const snapshot = { stateVersion: { presence: 0, health: 0 } } as Partial<HelloOk["snapshot"]>
const HELLO_OK = { type: "hello-ok", snapshot } as Partial<HelloOk> as HelloOk
const CLOSE_GRACE_MS = 400

function start(delayMs: number, secret: { token: string | undefined } = { token: TOKEN }) {
  const clock = createManualClock()
  const sent: string[] = []
  const closes: { code: number; reason: string }[] = []
  const told: string[] = []
  const frames: unknown[] = []
  let terminated = 0
  const { connection, listener } = createConnection({
    connId: "c",
    clock,
    log: silentLogger,
    get token() {
      return secret.token
    },
    tokenGuard: { delayMs, noteWrong: () => told.push("wrong token") },
    timings: {
      helloTimeoutMs: 10_000,
      closeGraceMs: CLOSE_GRACE_MS,
      slowCloseMs: 1_000,
      stalledAfterMs: 10_000,
      invalidFramesWindowMs: 60_000,
      pingIntervalMs: 30_000,
      pingGraceMs: 4_000,
    },
    isShuttingDown: () => false,
    greet: () => HELLO_OK,
    socket: {
      remoteAddress: undefined,
      bufferedBytes: 0,
      send(text, flushed) {
        sent.push(text)
        flushed()
      },
      close: (code, reason) => closes.push({ code, reason }),
      ping: () => undefined,
      terminate: () => {
        terminated += 1
      },
      admitted: () => told.push("admitted"),
    },
    on: {
      opened: () => told.push("opened"),
      frame: (_connection, value) => frames.push(value),
      refused: (each, id) => {
        told.push(`refused ${id}`)
        each.noteInvalidFrame()
      },
      closed: () => told.push("closed"),
      gone: () => told.push("gone"),
    },
  })
  return { clock, closes, connection, frames, listener, sent, told, terminations: () => terminated }
}

const DEEP = "[".repeat(70)
const MESSAGES = {
  hello: JSON.stringify(hello),
  "wrong token": JSON.stringify({ ...hello, auth: { token: "wrong" } }),
  "no token": JSON.stringify({ ...hello, auth: undefined }),
  "newer hello": JSON.stringify({ ...hello, minProtocol: 98, maxProtocol: 99 }),
  "broken hello": JSON.stringify({ ...hello, client: undefined }),
  request: '{"type":"req","id":"1","method":"health"}',
  array: "[]",
  garbage: "{",
  "deep with an id": `{"id":"deep","x":${DEEP}`,
  deep: DEEP,
} as const

test("[FR12] what nests too deep is refused under its id, else closes; before hello it is no hello", () => {
  const before = start(0)
  before.listener.message(MESSAGES["deep with an id"])
  expect(before.closes).toEqual([CLOSE.invalidHello])
  expect(before.sent[0]).toContain("invalid hello: too deeply nested")

  const { closes, frames, listener, told } = start(0)
  listener.message(MESSAGES.hello)
  listener.message(MESSAGES["deep with an id"])
  expect(closes).toEqual([])
  listener.message(MESSAGES.deep)
  expect(closes).toEqual([CLOSE.tooDeep])
  expect(told).toEqual(["admitted", "opened", "refused deep", "closed"])
  expect(frames).toEqual([])
})

test("[R4, FR10] malformed JSON closes, and nothing behind it is heard", () => {
  const { closes, frames, listener } = start(0)
  listener.message(MESSAGES.hello)
  listener.message(MESSAGES.garbage)
  listener.message(MESSAGES.request)
  expect(closes).toEqual([CLOSE.malformedJson])
  expect(frames).toEqual([])
})

type Step =
  | { readonly do: "message"; readonly message: keyof typeof MESSAGES }
  | { readonly do: "wait"; readonly ms: number }
  | {
      readonly do: "event" | "respond" | "invalid" | "alive" | "receiving" | "shut down" | "hang up"
    }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("message" as const),
      message: fc.constantFrom(...(Object.keys(MESSAGES) as (keyof typeof MESSAGES)[])),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 500, 1_000, 9_000, 31_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "event",
        "event",
        "respond",
        "invalid",
        "alive",
        "receiving",
        "shut down",
        "hang up",
      ),
    }),
  },
)

const REASONS = new Set(Object.values<Close>(CLOSE).map(({ code, reason }) => `${code} ${reason}`))

test("[H2, H3, H5, E1, HS21] whatever happens in whatever order, a connection stays legal", async () => {
  // Half of all begin with a hello: else few would ever be open.
  const steps = fc.tuple(fc.boolean(), fc.array(step, { maxLength: 25 }))
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(0, 1_000), async ([says, rest], delayMs) => {
      const rig = start(delayMs)
      const { clock, closes, connection, listener, sent, told } = rig
      let isGone = false
      const all: Step[] = says ? [{ do: "message", message: "hello" }, ...rest] : rest
      for (const each of all) {
        const before = { state: connection.state.at, sent: sent.length }
        if (each.do === "wait") await clock.advance(each.ms)
        else if (each.do === "event") connection.event(prepareEvent("tick", { ts: 1 }))
        else if (each.do === "respond") connection.respond('{"type":"res"}')
        else if (each.do === "shut down") connection.shutDown()
        else if (isGone) continue
        else if (each.do === "message") listener.message(MESSAGES[each.message])
        else if (each.do === "alive") listener.alive("")
        else if (each.do === "receiving") listener.receiving()
        else if (each.do === "invalid") connection.noteInvalidFrame()
        else {
          isGone = true
          listener.closed()
        }
        expectLegal(rig)
        // Nothing leaves one that is over, and it never comes back.
        if (before.state === "closed") {
          expect(connection.state.at).toBe("closed")
          expect(sent.length).toBe(before.sent)
        }
      }
      if (!isGone) listener.closed()
      expect(told.filter((each) => each === "gone")).toHaveLength(1)
      expect(told.includes("closed")).toBe(told.includes("opened"))
      expect(connection.gone.aborted).toBe(true)
      await clock.advance(CLOSE_GRACE_MS + 1_000)
      expect(clock.waiting).toBe(0)
      expect(rig.terminations()).toBeGreaterThanOrEqual(closes.length)
    }),
  )
})

function expectLegal({ closes, sent, told }: ReturnType<typeof start>): void {
  const types = sent.map((text) => JSON.parse(text).type as string)
  if (types.includes("hello-error")) expect(types).toEqual(["hello-error"])
  if (types.length > 0) expect(types[0]).toMatch(/^hello-(?:ok|error)$/)
  expect(types.filter((type) => type === "hello-ok").length).toBeLessThanOrEqual(1)
  expect(types.includes("hello-ok")).toBe(told.includes("opened"))
  expect(closes.length).toBeLessThanOrEqual(1)
  for (const { code, reason } of closes) expect(REASONS).toContain(`${code} ${reason}`)
  for (const once of ["admitted", "opened", "closed", "gone"]) {
    expect(told.filter((each) => each === once).length).toBeLessThanOrEqual(1)
  }
  const seqs = sent.flatMap((text) => {
    const frame = JSON.parse(text) as { type: string; seq?: number }
    return frame.type === "event" ? [frame.seq] : []
  })
  expect(seqs).toEqual(seqs.map((_, index) => index + 1))
}

test("[H3] when the token changes, only those who did not show the new one are closed", () => {
  const secret: { token: string | undefined } = { token: undefined }
  const shown = start(0, secret)
  const silent = start(0, secret)
  shown.listener.message(MESSAGES.hello)
  silent.listener.message(MESSAGES["no token"])
  const change = (token: string | undefined) => {
    secret.token = token
    for (const { connection } of [shown, silent]) connection.tokenChanged()
    return [shown.closes, silent.closes]
  }
  expect(change(TOKEN)).toEqual([[], [CLOSE.unauthorized]])
  expect(change(undefined)).toEqual([[], [CLOSE.unauthorized]])
  expect(change("quite another token")).toEqual([[CLOSE.unauthorized], [CLOSE.unauthorized]])
})
