import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer as createHttpServer } from "node:http"
import { type AddressInfo, createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Writable } from "node:stream"
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest"
import { type WebSocket, WebSocketServer } from "ws"
import { DEFAULT_TIMINGS, divideTimings } from "../config/timings.ts"
import type { Io } from "./command.ts"
import { COMMANDS } from "./index.ts"
import { runProgram } from "./program.ts"

const HEALTH = {
  ok: true,
  ts: 1_000_000,
  durationMs: 1,
  version: "9.9.9",
  uptimeMs: 7_500_000,
  web: { linked: false, authAgeMs: null, state: "off" },
  telegram: { configured: true, state: "open" },
  channels: {
    telegram: {
      configured: true,
      state: "open",
      self: "@clawdis\u009b2J",
      connectedAt: 940_000,
      lastInboundAt: 997_000,
    },
    pigeon: { configured: true, state: "waiting", lastError: "no wind", retryAt: 1_012_000 },
    owl: { configured: false, state: "off" },
    heron: { configured: false, state: "off", linked: false },
    raven: {
      configured: true,
      state: "open",
      linked: true,
      self: "+15550100000",
      authAgeMs: 60_000,
      connectedAt: 997_000,
    },
    crow: {
      configured: true,
      state: "logged_out",
      linked: false,
      lastError: "logged out — run clawdis login",
    },
  },
  agent: { engine: "builtin", state: "ready" },
  storage: { ok: true, path: "/state/clawdis.db" },
  config: { ok: true },
  webchat: { port: 18_788, state: "open" },
  lagMs: 2,
  outbox: { pending: 1, failed: 0, unknown: 1 },
  sessions: { path: "/state", count: 3, recent: [] },
}

const STATUS = {
  web: { linked: false, authAgeMs: null },
  providerSummary: ["Telegram: open"],
  sessions: { count: 3, recent: [{ key: "main", updatedAt: 400_000, ageMs: 600_000 }] },
  queuedSystemEvents: [],
  runs: { active: 1, queued: 2 },
  outbox: { pending: 1, failed: 0, unknown: 1 },
  inbox: { pending: 4, expired: 5 },
  unknown: [{ id: "o1", channel: "telegram", to: "42", at: 940_000, error: "timed out" }],
  dropped: [{ channel: "telegram", id: "77", name: "Eve\u001b[2J", count: 3, lastAt: 990_000 }],
  notices: [{ ts: 400_000, text: "The owl\u001b[2J is gone." }],
}

interface Request {
  readonly id: string
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

interface Fake {
  readonly port: number
  readonly hellos: Readonly<Record<string, unknown>>[]
  readonly requests: Request[]
}

type Answer = (request: Request, reply: (frame: object) => void, socket: WebSocket) => void

interface FakeOptions {
  readonly answer?: Answer
  readonly hello?: (socket: WebSocket) => object | undefined
  readonly tickIntervalMs?: number
}

const closers: (() => void)[] = []

/** The gateway's end of the protocol, as far as a test needs it. */
async function startFake(options: FakeOptions = {}): Promise<Fake> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  const fake = { hellos: [] as Record<string, unknown>[], requests: [] as Request[] }
  closers.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on("connection", (socket) => {
    const send = (frame: object) => socket.send(JSON.stringify(frame))
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data))
      if (frame.type === "hello") {
        fake.hellos.push(frame)
        const answer = options.hello === undefined ? toHelloOk(options) : options.hello(socket)
        if (answer !== undefined) send(answer)
        return
      }
      fake.requests.push(frame)
      const reply = (rest: object) => send({ type: "res", id: frame.id, ...rest })
      if (options.answer !== undefined) options.answer(frame, reply, socket)
      else reply({ ok: true, payload: frame.method === "status" ? STATUS : HEALTH })
    })
  })
  await once(server, "listening")
  return { ...fake, port: (server.address() as AddressInfo).port }
}

function toHelloOk({ tickIntervalMs = 30_000 }: FakeOptions): object {
  return {
    type: "hello-ok",
    protocol: 1,
    server: { version: "9.9.9", host: "box", connId: "c1" },
    features: { methods: ["health"], events: ["tick", "presence", "agent"] },
    snapshot: {
      presence: [],
      health: HEALTH,
      stateVersion: { presence: 1, health: 1 },
      uptimeMs: 1,
    },
    policy: { maxPayload: 8_388_608, maxBufferedBytes: 1, tickIntervalMs },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

let stateDir: string
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "clawdis-cli-"))
})
afterEach(() => {
  for (const close of closers.splice(0)) close()
  rmSync(stateDir, { recursive: true, force: true })
})

class Text extends Writable {
  text = ""
  readonly onText: (text: string) => void
  constructor(onText: (text: string) => void = () => undefined) {
    super()
    this.onText = onText
  }
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk)
    this.onText(this.text)
    done()
  }
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface RunOptions extends Partial<Io> {
  /** Told of everything on stdout so far, with the means to press Ctrl-C. */
  readonly watch?: (text: string, interrupt: () => void) => void
}

async function run(line: readonly (string | number)[], options: RunOptions = {}): Promise<Ran> {
  let interrupt = (): void => undefined
  const stdout = new Text((text) => options.watch?.(text, interrupt))
  const stderr = new Text()
  const code = await runProgram(COMMANDS, {
    argv: line.map(String),
    stdout,
    stderr,
    timings: DEFAULT_TIMINGS,
    onInterrupt: (listener) => {
      interrupt = listener
    },
    ...options,
    environment: { CLAWDIS_STATE_DIR: stateDir, ...options.environment },
  })
  return { code, out: stdout.text, err: stderr.text }
}

async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, "close")
  return port
}

test("[CL1] a gateway that is down: one line on stderr, exit 3", async () => {
  const port = await closedPort()
  const line = `Gateway not reachable at ws://127.0.0.1:${port} (ECONNREFUSED). Start it with: clawdis gateway`
  expect(await run(["gw:health", "--port", port])).toEqual({ code: 3, out: "", err: `${line}\n` })
  const { code, out, err } = await run(["gw:health", "--port", port, "--json"])
  expect(code).toBe(3)
  expect(JSON.parse(out)).toEqual({ ok: false, error: { code: "UNREACHABLE", message: line } })
  expect(err).toBe("")
})

test("[CR17] the address that was tried is shown, and it is 127.0.0.1 itself", async () => {
  const port = await closedPort()
  const { err } = await run(["health"], { environment: { CLAWDIS_GATEWAY_PORT: String(port) } })
  expect(err).toContain(`ws://127.0.0.1:${port} `)
})

test("[CR17] who listens on the same port of ::1 is not taken for the gateway", async () => {
  const fake = await startFake()
  const other = createHttpServer((_request, response) => response.end("hi"))
  onTestFinished(() => void other.close())
  await new Promise<void>((resolve) => other.listen(Number(fake.port), "::1", resolve))
  expect((await run(["gw:health", "--port", fake.port])).code).toBe(0)
})

test("[CL1] a gateway elsewhere is not started from here", async () => {
  // It leads to this machine, and does not say so.
  const { code, err } = await run(["health", "--url", "ws://0.0.0.0:1"])
  expect(code).toBe(3)
  expect(err).toMatch(/^Gateway not reachable at ws:\/\/0\.0\.0\.0:1 \(.+\)\. Does it run there/)
})

test("[CL2] a wrong token: exit 4, one try", async () => {
  const fake = await startFake({
    hello: (socket) => {
      setImmediate(() => socket.close(1008, "unauthorized"))
      return { type: "hello-error", code: "UNAUTHORIZED", reason: "unauthorized" }
    },
  })
  const { code, out, err } = await run(["gw:health", "--port", fake.port, "--token", "wrong"])
  expect({ code, out, err }).toEqual({
    code: 4,
    out: "",
    err: "unauthorized: set --token or CLAWDIS_GATEWAY_TOKEN\n",
  })
  expect(fake.hellos).toHaveLength(1)
  expect(fake.hellos[0]?.["auth"]).toEqual({ token: "wrong" })
})

test("[CL3] another HTTP server is not taken for a gateway", async () => {
  const port = await listen(createHttpServer((_request, response) => response.end("hi")))
  const { code, err } = await run(["gw:health", "--port", port])
  expect(code).toBe(3)
  expect(err).toContain("not a Clawdis gateway (HTTP 200)")
})

test("[CL3] a server that does not speak HTTP is not taken for a gateway", async () => {
  const port = await listen(createServer((socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n")))
  const { code, err } = await run(["gw:health", "--port", port])
  expect(code).toBe(3)
  expect(err).toContain("not a Clawdis gateway (it does not speak HTTP)")
})

test("[CL3] another WebSocket service is not taken for a gateway", async () => {
  const chatty = await startFake({
    hello: (socket) => {
      socket.send("welcome!")
      return undefined
    },
  })
  const { code, err } = await run(["gw:health", "--port", chatty.port])
  expect(code).toBe(3)
  expect(err).toContain("not a Clawdis gateway (malformed JSON)")
})

test("a gateway that refuses the connection is quoted", async () => {
  const server = createHttpServer((_request, response) => {
    response.writeHead(503).end("too many pending connections\n")
  })
  server.on("upgrade", (_request, socket) => {
    const text = "too many pending connections"
    socket.end(
      `HTTP/1.1 503 Service Unavailable\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    )
  })
  const { code, err } = await run(["gw:health", "--port", await listen(server)])
  expect(code).toBe(3)
  expect(err).toContain("refused the connection (HTTP 503 too many pending connections)")
})

test("a server that never answers is given up after --timeout", async () => {
  const silent = await startFake({ hello: () => undefined })
  const { code, err } = await run(["gw:health", "--port", silent.port, "--timeout", 50])
  expect(code).toBe(3)
  expect(err).toContain("(no answer within 0.05 s)")
})

test("a gateway of another protocol version says which side to update", async () => {
  const fake = await startFake({
    hello: () => ({
      type: "hello-error",
      code: "PROTOCOL_MISMATCH",
      reason: "protocol mismatch",
      expectedProtocol: 7,
    }),
  })
  const { code, err } = await run(["gw:health", "--port", fake.port])
  expect(code).toBe(1)
  expect(err).toContain("this clawdis speaks 1, the gateway 7")
})

test("[D3] the answer of gw:health is its exit code", async () => {
  const fake = await startFake()
  const healthy = await run(["gw:health", "--port", fake.port])
  expect(healthy.code).toBe(0)
  expect(JSON.parse(healthy.out)).toEqual(HEALTH)
  const sick = await startFake({
    answer: (_request, reply) => reply({ ok: true, payload: { ...HEALTH, ok: false } }),
  })
  for (const line of [["gw:health"], ["health"], ["health", "--json"]]) {
    expect((await run([...line, "--port", sick.port])).code).toBe(7)
  }
})

test.each([
  ["NOT_LINKED", {}, 5],
  ["AGENT_TIMEOUT", {}, 6],
  ["INVALID_REQUEST", {}, 2],
  ["UNAVAILABLE", {}, 1],
  ["UNAVAILABLE", { reason: "outcome_unknown" }, 6],
])("[D3] an answer %s %j gives its exit code", async (code, details, expected) => {
  const error = { code, message: "No.", details, retryable: false }
  const fake = await startFake({ answer: (_request, reply) => reply({ ok: false, error }) })
  const line = ["gw:call", "x", "--port", fake.port]
  expect(await run(line)).toEqual({ code: expected, out: "", err: "No.\n" })
  const { out } = await run([...line, "--json"])
  expect(JSON.parse(out)).toEqual({ ok: false, error })
})

test("[CL11] text and JSON of strangers hold no escape codes", async () => {
  const fake = await startFake()
  for (const line of [["health"], ["status"], ["status", "--json"], ["gw:status"], ["gw:health"]]) {
    const { out } = await run([...line, "--port", fake.port])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be there.
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  }
})

test("health for people names states and ages", async () => {
  const fake = await startFake()
  const { out } = await run(["health", "--port", fake.port])
  expect(out).toContain(`Gateway 9.9.9 at ws://127.0.0.1:${fake.port}: healthy\n`)
  expect(out).toContain("  up        2 h 5 min\n")
  expect(out).toContain("connected for 1 min, as @clawdis\\u009b2J, last message 3 s ago")
  expect(out).toContain("  pigeon    waiting to retry, next try in 12 s: no wind\n")
  expect(out).toContain("  owl       not configured\n")
  expect(out).toContain("  heron     switched off in the configuration\n")
  expect(out).toContain("  raven     connected for 3 s, linked as +15550100000 1 min ago\n")
  expect(out).toContain("  crow      not linked: logged out — run clawdis login\n")
  expect(out).toContain("  outbox    1 pending, 0 failed, 1 unknown. See: clawdis outbox\n")
  expect(out).toContain("  WebChat   http://127.0.0.1:18788\n")
})

test("status for people names who was turned away, what is unknown, and the way from afar", async () => {
  const fake = await startFake()
  const { out } = await run(["status", "--port", fake.port])
  expect(out).toContain("  runs      1 active, 2 queued\n")
  expect(out).toContain("    main, 10 min ago\n")
  expect(out).toContain("telegram 77 (Eve\\u001b[2J): 3 messages, the last 10 s ago")
  expect(out).toContain("      clawdis allow telegram 77\n")
  expect(out).toContain("o1: telegram 42, 1 min ago: timed out")
  expect(out).toContain("clawdis outbox retry o1 --force")
  expect(out).toContain("  inbox     4 pending, 5 came too late for an answer\n")
  expect(out).toContain("    10 min ago: The owl\\u001b[2J is gone.\n")
  expect(out).toMatch(new RegExp(`ssh -N -L ${fake.port}:127.0.0.1:${fake.port} .*@`))
  const { out: json } = await run(["status", "--port", fake.port, "--json"])
  expect(JSON.parse(json)).toEqual(STATUS)
})

test("[AU21] status advises a token where none is needed", async () => {
  const fake = await startFake()
  expect((await run(["status", "--port", fake.port])).out).toContain("No token is needed here")
  const { out } = await run(["status", "--port", fake.port, "--token", "abcd"])
  expect(out).not.toContain("No token is needed")
})

test("[CL4] unknown commands, unknown flags and missing ones: usage on stderr, exit 2", async () => {
  const cases = [
    [["gw:helth"], "Did you mean gw:health?"],
    [["gw:health", "--jsn"], "Did you mean --json?"],
    [["gw:send", "--message", "hi"], "required option '--to <to>'"],
    [["gw:send", "--to", "+15550100"], "required option '--message <text>'"],
    [["gw:call"], "missing required argument 'method'"],
    [["gw:health", "more"], "too many arguments"],
    [["gw:agent", "--message", "x", "--stream", "--json"], "exclude each other"],
    [["gw:health", "--port", "1", "--url", "ws://a"], "exclude each other"],
    [["gw:health", "--token", "a", "--token-file", "b"], "exclude each other"],
    [[], "Usage: clawdis"],
  ] as const
  for (const [line, expected] of cases) {
    const { code, out, err } = await run(line)
    expect(err).toContain(expected)
    expect(err).toContain("Usage: clawdis")
    expect(code).toBe(2)
    expect(out === "").toBe(!err.includes("--stream and --json"))
  }
})

test("[CL4] with --json a wrong command line is one JSON document as well", async () => {
  const { code, out } = await run(["gw:send", "--json"])
  expect(code).toBe(2)
  expect(JSON.parse(out)).toMatchObject({ ok: false, error: { code: "USAGE" } })
})

test("[CL5] a port that is none: exit 2", async () => {
  for (const port of ["abc", "-1", "70000", "18789x", "1.5", ""]) {
    for (const line of [["gateway"], ["gw:health"]]) {
      const { code, err } = await run([...line, "--port", port])
      expect(code).toBe(2)
      expect(err).toContain("Invalid port")
    }
  }
})

test("[CF7] garbage in CLAWDIS_GATEWAY_PORT is named, exit 78", async () => {
  const { code, err } = await run(["gw:health"], { environment: { CLAWDIS_GATEWAY_PORT: "abc" } })
  expect(code).toBe(78)
  expect(err).toContain("CLAWDIS_GATEWAY_PORT")
})

test("a --url with a user or a token in it is refused", async () => {
  for (const url of ["ws://a:b@box", "ws://box/?token=x", "ws://box#x", "ftp://box", "box", ""]) {
    expect((await run(["gw:health", "--url", url])).code).toBe(2)
  }
  const fake = await startFake()
  expect((await run(["gw:health", "--url", `http://127.0.0.1:${fake.port}/`])).code).toBe(0)
})

test("[CL6] params that are no JSON object: exit 2, with the position", async () => {
  const broken = await run(["gw:call", "x", "--params", "{bad"])
  expect(broken.code).toBe(2)
  expect(broken.err).toContain("position 1")
  const list = await run(["gw:call", "x", "--params", "[]"])
  expect(list.code).toBe(2)
  expect(list.err).toContain("params must be an object")
})

test("[CL7] gw:send without an answer: exit 6 and the key that makes a repetition safe", async () => {
  const fake = await startFake({ answer: () => undefined })
  const line = ["gw:send", "--to", "+15550100", "--message", "hi", "--port", fake.port]
  const { code, err } = await run([...line, "--timeout", 100])
  const key = String(fake.requests[0]?.params["idempotencyKey"])
  expect(code).toBe(6)
  expect(err).toContain(`outcome unknown; repeating with --idempotency-key ${key} is safe`)
  const { out } = await run([...line, "--timeout", 100, "--idempotency-key", "k1", "--json"])
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    error: { code: "OUTCOME_UNKNOWN", details: { idempotencyKey: "k1" } },
  })
})

test("[CL7] gw:send whose connection is lost, or whose outcome the gateway does not know", async () => {
  const line = ["gw:send", "--to", "1", "--message", "hi", "--idempotency-key", "k2", "--port"]
  const gone = await startFake({ answer: (_request, _reply, socket) => socket.terminate() })
  const lost = await run([...line, gone.port])
  expect(lost.code).toBe(6)
  expect(lost.err).toContain("repeating with --idempotency-key k2 is safe")
  const error = {
    code: "UNAVAILABLE",
    message: "Telegram did not answer.",
    details: { reason: "outcome_unknown" },
  }
  const unsure = await startFake({ answer: (_request, reply) => reply({ ok: false, error }) })
  const unknown = await run([...line, unsure.port])
  expect(unknown.code).toBe(6)
  expect(unknown.err).toContain("Telegram did not answer: outcome unknown")
})

const ACK = { runId: "r1", status: "accepted", sessionKey: "main", sessionId: "s1" }
const FINAL = { runId: "r1", status: "ok", summary: "done", text: "Hello there." }

test("gw:send prints what the gateway says", async () => {
  const result = { messageId: "m1", channel: "telegram", to: "42", status: "sent" }
  const fake = await startFake({
    answer: (_request, reply) => reply({ ok: true, payload: result }),
  })
  const { code, out } = await run(
    [
      "gw:send",
      "--to",
      "42",
      "--media-url",
      "https://a.example/b.png",
      "--channel",
      "telegram",
    ].concat(["--port", String(fake.port), "--idempotency-key", "k"]),
  )
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual(result)
  expect(fake.requests[0]?.params).toEqual({
    to: "42",
    mediaUrl: "https://a.example/b.png",
    channel: "telegram",
    idempotencyKey: "k",
  })
})

test("[M5] gw:send of a file has longer than one of a text", async () => {
  const result = { messageId: "m1", channel: "telegram", to: "42", status: "sent" }
  const fake = await startFake({
    answer: (_request, reply) => setTimeout(() => reply({ ok: true, payload: result }), 300),
  })
  const timings = {
    ...DEFAULT_TIMINGS,
    cli: { ...DEFAULT_TIMINGS.cli, sendTimeoutMs: 50, mediaSendTimeoutMs: 60_000 },
  }
  const line = ["gw:send", "--to", "42", "--port", fake.port]
  expect((await run([...line, "--message", "hi"], { timings })).code).toBe(6)
  expect((await run([...line, "--media-url", "/tmp/a.png"], { timings })).code).toBe(0)
})

test("[CL8] gw:agent waits for the final, however long it takes", async () => {
  const fake = await startFake({
    answer(_request, reply) {
      reply({ ok: true, payload: ACK })
      setTimeout(() => reply({ ok: true, payload: FINAL }), 300)
    },
  })
  const line = ["gw:agent", "--message", "hi", "--port", fake.port, "--timeout", 150]
  const { code, out } = await run(line)
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual(FINAL)
})

test("gw:agent hands its flags on, and --no-wait ends with the acknowledgement", async () => {
  const fake = await startFake({ answer: (_request, reply) => reply({ ok: true, payload: ACK }) })
  const flags = "--to telegram:42 --session-key main --thinking low --deliver --timeout-seconds 9"
  const { code, out } = await run([
    "gw:agent",
    "--message",
    "-hi",
    ...flags.split(" "),
    "--no-wait",
    "--port",
    fake.port,
  ])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual(ACK)
  expect(fake.requests[0]?.params).toEqual({
    message: "-hi",
    to: "telegram:42",
    sessionKey: "main",
    thinking: "low",
    deliver: true,
    timeout: 9,
    idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
})

test("gw:agent of a run that failed gives its error and its final", async () => {
  const payload = { runId: "r1", status: "error", summary: "too slow" }
  const error = { code: "AGENT_TIMEOUT", message: "The agent did not answer.", retryable: false }
  const fake = await startFake({
    answer(_request, reply) {
      reply({ ok: true, payload: ACK })
      reply({ ok: false, error, payload })
    },
  })
  const line = ["gw:agent", "--message", "hi", "--port", fake.port]
  expect(await run(line)).toEqual({ code: 6, out: "", err: "The agent did not answer.\n" })
  const { out } = await run([...line, "--json"])
  expect(JSON.parse(out)).toEqual({ ok: false, error, payload })
})

function piece(seq: number, data: object, runId = "r1"): object {
  const payload = { runId, sessionKey: "main", seq, stream: "assistant", ts: 1, data }
  return { type: "event", event: "agent", payload, seq }
}

test("gw:agent --stream shows each piece once, and what was lost with the final", async () => {
  const fake = await startFake({
    answer(_request, reply, socket) {
      const send = (frame: object) => socket.send(JSON.stringify(frame))
      reply({ ok: true, payload: ACK })
      send(piece(1, { messageId: "m", offset: 0, delta: "Hel" }))
      send(piece(2, { messageId: "m", offset: 1, delta: "ello\u001b" }))
      send(piece(3, { messageId: "m", offset: 0, delta: "other" }, "r2"))
      send(piece(4, { messageId: "m", offset: 9, delta: "lost before" }))
      reply({ ok: true, payload: { ...FINAL, text: "Hello\u001b there." } })
    },
  })
  const { code, out } = await run(["gw:agent", "--message", "hi", "--stream", "--port", fake.port])
  expect(code).toBe(0)
  expect(out).toBe("Hello\\u001b there.\n")
})

test("[CL9] Ctrl-C leaves the run going and says so", async () => {
  const fake = await startFake({
    answer(_request, reply, socket) {
      reply({ ok: true, payload: ACK })
      socket.send(JSON.stringify(piece(1, { messageId: "m", offset: 0, delta: "Hel" })))
    },
  })
  const line = ["gw:agent", "--message", "hi", "--stream", "--idempotency-key", "k3"]
  const { code, err } = await run([...line, "--port", fake.port], {
    watch: (text, interrupt) => {
      if (text.includes("Hel")) interrupt()
    },
  })
  expect(code).toBe(130)
  expect(err).toContain("Interrupted: the run r1 goes on")
  expect(err).toContain("--idempotency-key k3")
})

test("gw:agent of a gateway that ends meanwhile says that the run goes on, exit 6", async () => {
  const fake = await startFake({
    answer(_request, reply, socket) {
      reply({ ok: true, payload: ACK })
      socket.close(1012, "service restart")
    },
  })
  const { code, err } = await run(["gw:agent", "--message", "hi", "--port", fake.port])
  expect(code).toBe(6)
  expect(err).toContain("service restart")
  expect(err).toContain("the run r1 goes on")
})

test("[E3] a gateway without a tick for two intervals is gone", async () => {
  const fake = await startFake({
    tickIntervalMs: 30,
    answer: (_request, reply) => reply({ ok: true, payload: ACK }),
  })
  const { code, err } = await run(["gw:agent", "--message", "hi", "--port", fake.port])
  expect(code).toBe(6)
  expect(err).toContain("the run r1 goes on")
})

test("gw:call gives the acknowledgement, and with --expect-final the final", async () => {
  const fake = await startFake({
    answer(_request, reply) {
      reply({ ok: true, payload: ACK })
      reply({ ok: true, payload: FINAL })
    },
  })
  const line = ["gw:call", "agent", "--params", '{"message":"hi"}', "--port", fake.port]
  expect(JSON.parse((await run(line)).out)).toEqual(ACK)
  expect(JSON.parse((await run([...line, "--expect-final"])).out)).toEqual(FINAL)
  expect(fake.requests[0]).toMatchObject({ method: "agent", params: { message: "hi" } })
})

test("gw:events prints one JSON line an event until Ctrl-C, and says what was lost", async () => {
  const event = (name: string, seq: number) => ({ type: "event", event: name, payload: {}, seq })
  const fake = await startFake({
    hello(socket) {
      const frames = [event("tick", 1), event("agent", 2), event("tick", 5)]
      setImmediate(() => {
        for (const frame of frames) socket.send(JSON.stringify(frame))
      })
      return toHelloOk({})
    },
  })
  const { code, out, err } = await run(["gw:events", "--event", "tick", "--port", fake.port], {
    watch: (text, interrupt) => {
      if (text.split("\n").length === 3) interrupt()
    },
  })
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([event("tick", 1), event("tick", 5)])
  expect(err).toContain("2 events were lost")
  expect(code).toBe(130)
  const unknown = await run(["gw:events", "--event", "tikc", "--port", fake.port])
  expect(unknown.code).toBe(2)
  expect(unknown.err).toContain("did you mean tick?")
})

test("[CL11] with --json whatever gw:events says is one line, also how it ended", async () => {
  const tick = { type: "event", event: "tick", payload: {}, seq: 1 }
  const fake = await startFake({
    hello(socket) {
      setImmediate(() => {
        socket.send(JSON.stringify(tick))
        socket.close(1012)
      })
      return toHelloOk({})
    },
  })
  const port = ["--port", fake.port, "--json"]
  const { code, out } = await run(["gw:events", ...port])
  const error = { code: expect.any(String), message: expect.any(String) }
  const lines = out.trimEnd().split("\n")
  expect(lines.map((line) => JSON.parse(line))).toEqual([tick, { ok: false, error }])
  expect(code).toBe(3)
  const mistaken = await run(["gw:events", "--evnet", "tick", ...port])
  expect(mistaken.out.trimEnd().split("\n")).toHaveLength(1)
})

test("[CL10] a reader who left ends the command quietly", async () => {
  const fake = await startFake()
  const stdout = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))
    },
  })
  const events = await startFake({
    hello(socket) {
      const tick = { type: "event", event: "tick", payload: {}, seq: 1 }
      setImmediate(() => socket.send(JSON.stringify(tick)))
      return toHelloOk({})
    },
  })
  expect(await run(["gw:events", "--port", events.port], { stdout })).toMatchObject({
    code: 0,
    err: "",
  })
  expect((await run(["gw:health", "--port", fake.port], { stdout })).err).toBe("")
})

test("[D2] the port is found in the flag, the environment and the state folder, in this order", async () => {
  const [a, b, c] = [await startFake(), await startFake(), await startFake()]
  const instance = { pid: process.pid, port: c.port, startedAt: 1, version: "1" }
  writeFileSync(join(stateDir, "gateway.json"), JSON.stringify(instance))
  await run(["gw:health"])
  const environment = { CLAWDIS_GATEWAY_PORT: String(b.port) }
  await run(["gw:health"], { environment })
  await run(["gw:health", "--port", a.port], { environment })
  expect([a, b, c].map((fake) => fake.hellos.length)).toEqual([1, 1, 1])
})

test("the token is found in the flag, a file, the environment and our own configuration", async () => {
  const fake = await startFake()
  const port = ["--port", fake.port]
  writeFileSync(join(stateDir, "clawdis.json"), "{ gateway: { token: 'from-config' } }")
  writeFileSync(join(stateDir, "token"), "from-token-file\n")
  await run(["gw:health", ...port])
  await run(["gw:health", ...port], { environment: { CLAWDIS_GATEWAY_TOKEN: "from-env" } })
  await run(["gw:health", ...port, "--token-file", join(stateDir, "token")])
  await run(["gw:health", ...port, "--token", "from-flag"])
  await run(["gw:health", "--url", `ws://127.0.0.1:${fake.port}`])
  expect(fake.hellos.map((hello) => hello["auth"])).toEqual([
    { token: "from-config" },
    { token: "from-env" },
    { token: "from-token-file" },
    { token: "from-flag" },
    undefined,
  ])
  writeFileSync(join(stateDir, "clawdis.json"), "{ gateway: ")
  const { code, err } = await run(["gw:health", ...port])
  expect(code).toBe(0)
  expect(err).toContain("going on without its token")
})

test("the hello of a command is that of a cli", async () => {
  const fake = await startFake()
  await run(["gw:health", "--port", fake.port])
  expect(fake.hellos[0]).toMatchObject({
    minProtocol: 1,
    maxProtocol: 1,
    client: { name: "clawdis", mode: "cli", platform: process.platform },
  })
})

test("what takes its time says so on stderr", async () => {
  const fake = await startFake({
    answer: (_request, reply) => void setTimeout(() => reply({ ok: true, payload: HEALTH }), 200),
  })
  const timings = { ...DEFAULT_TIMINGS, cli: divideTimings(DEFAULT_TIMINGS, 100).cli }
  const line = ["gw:health", "--port", fake.port, "--timeout", 10_000]
  const { code, err } = await run(line, { timings })
  expect(code).toBe(0)
  expect(err).toBe(`waiting for the gateway at ws://127.0.0.1:${fake.port} …\n`)
})

test("relay says what replaces it, whatever follows it", async () => {
  const { code, out, err } = await run(["relay", "--verbose", "start"])
  expect({ code, out }).toEqual({ code: 2, out: "" })
  expect(err).toContain("retired")
  expect(err).toContain("TCP control port")
  expect(err).toContain("clawdis gateway")
})

test("--help teaches by example, on stdout", async () => {
  for (const { name, examples } of COMMANDS) {
    const { code, out, err } = await run([name, "--help"])
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(out).toContain(examples[0])
  }
  expect((await run(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})
