import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough, Writable } from "node:stream"
import { afterEach, beforeEach, expect, test } from "vitest"
import { WebSocketServer } from "ws"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import type { Io } from "./command.ts"
import { COMMANDS } from "./index.ts"
import { createLoginView } from "./login-view.ts"
import { runProgram } from "./program.ts"

/** As long as WhatsApp's. */
const QR = `https://wa.me/settings/linked_devices#2@${"aB3+/".repeat(38)},1`
const GATEWAY_AHEAD_MS = 3_600_000

interface Request {
  readonly id: string
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

interface Phone {
  /** An event of the login under way. */
  tell(payload: Readonly<Record<string, unknown>>): void
  showQr(seconds?: number): void
}

interface Script {
  /** What happens once a login has begun. */
  readonly begun?: (phone: Phone) => void
  /** Another answer than the usual; `undefined` keeps that. */
  readonly answer?: (request: Request) => object | undefined
}

const closers: (() => void)[] = []
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clawdis-login-"))
})
afterEach(() => {
  for (const close of closers.splice(0)) close()
  rmSync(folder, { recursive: true, force: true })
})

/** The gateway's end of the protocol, on a machine whose clock is an hour ahead. */
async function startFake({ begun, answer }: Script = {}) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  const requests: Request[] = []
  closers.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on("connection", (socket) => {
    let seq = 0
    const send = (frame: object) => socket.send(JSON.stringify(frame))
    const tell = (payload: object) => {
      seq += 1
      send({ type: "event", event: "login", seq, payload: { loginId: "l1", ...payload } })
    }
    const phone: Phone = {
      tell,
      showQr: (seconds = 20) =>
        tell({
          state: "code",
          qr: QR,
          expiresAt: Date.now() + GATEWAY_AHEAD_MS + seconds * 1_000,
        }),
    }
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data))
      if (frame.type === "hello") return send(toHelloOk())
      requests.push(frame)
      const usual = { ok: true, payload: { loginId: "l1", cancelled: true } }
      send({ type: "res", id: frame.id, ...(answer?.(frame) ?? usual) })
      if (frame.method === "login.start") {
        tell({ state: "preparing" })
        begun?.(phone)
      }
    })
  })
  await once(server, "listening")
  return { port: (server.address() as AddressInfo).port, requests }
}

function toHelloOk(): object {
  const ts = Date.now() + GATEWAY_AHEAD_MS
  return {
    type: "hello-ok",
    protocol: 1,
    server: { version: "9.9.9", host: "box", connId: "c1" },
    features: { methods: [], events: [] },
    snapshot: {
      presence: [],
      health: {
        ok: true,
        ts,
        durationMs: 1,
        version: "9.9.9",
        uptimeMs: 1,
        web: { linked: false, authAgeMs: null, state: "off" },
        telegram: { configured: false, state: "off" },
        channels: {},
        agent: { engine: "builtin", state: "ready" },
        storage: { ok: true, path: "/state" },
        config: { ok: true },
        webchat: { state: "off" },
        lagMs: 0,
        outbox: { pending: 0, failed: 0, unknown: 0 },
        sessions: { path: "/state", count: 0, recent: [] },
      },
      stateVersion: { presence: 1, health: 1 },
      uptimeMs: 1,
    },
    policy: { maxPayload: 8_388_608, maxBufferedBytes: 1, tickIntervalMs: 30_000 },
  }
}

class Text extends Writable {
  text = ""
  onText: (text: string) => void = () => undefined
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk)
    this.onText(this.text)
    done()
  }
}

interface RunOptions {
  /** Makes stdout a terminal of this size. */
  readonly terminal?: { columns: number; rows: number }
  readonly environment?: Readonly<Record<string, string>>
  /** What a person types; makes stdin a terminal. */
  readonly typed?: string
  readonly watch?: (text: string, interrupt: () => void, stdout: Writable) => void
}

async function run(line: readonly (string | number)[], options: RunOptions = {}) {
  let interrupt = (): void => undefined
  const stdout = new Text()
  stdout.onText = (text) => options.watch?.(text, interrupt, stdout)
  const stderr = new Text()
  if (options.terminal !== undefined) Object.assign(stdout, { isTTY: true, ...options.terminal })
  const stdin = new PassThrough()
  if (options.typed !== undefined) {
    Object.assign(stdin, { isTTY: true })
    stdin.end(options.typed)
  }
  const io: Io = {
    argv: line.map(String),
    stdout,
    stderr,
    stdin,
    timings: DEFAULT_TIMINGS,
    environment: { CLAWDIS_STATE_DIR: folder, TERM: "xterm", ...options.environment },
    onInterrupt: (listener) => {
      interrupt = listener
    },
  }
  const code = await runProgram(COMMANDS, io)
  return { code, out: stdout.text, err: stderr.text }
}

const linked = (phone: Phone): void => {
  phone.showQr()
  phone.tell({ state: "linking" })
  phone.tell({ state: "linked", self: "+15550100000" })
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
const ESCAPE = /\u001B/

test("[M10] login shows the code, what to do with it, and who was linked", async () => {
  const fake = await startFake({ begun: linked })
  const { code, out, err } = await run(["login", "--port", fake.port])
  expect({ code, err }).toEqual({ code: 0, err: "" })
  expect(out).toContain("Linked devices")
  expect(out).toContain("good for 20 s")
  expect(out).toContain("linking …")
  expect(out).toContain("Linked as +15550100000.")
  expect(out).toContain("clawdis allow whatsapp <number>")
  expect(fake.requests[0]).toMatchObject({
    method: "login.start",
    params: { channel: "whatsapp", method: "qr" },
  })
})

test("[CL11] off a terminal, and with NO_COLOR, each code is a block of its own without escape codes", async () => {
  const twice = (phone: Phone): void => {
    phone.showQr()
    linked(phone)
  }
  const fake = await startFake({ begun: twice })
  const large = { columns: 100, rows: 60 }
  for (const options of [{}, { terminal: large, environment: { NO_COLOR: "1" } }]) {
    const { out } = await run(["login", "--port", fake.port], options)
    expect(out).not.toMatch(ESCAPE)
    expect(out.match(/good for/g)).toHaveLength(2)
    const rows = out.split("\n").filter((line) => /[█▀▄]/.test(line))
    expect(rows.length % 2).toBe(0)
    expect(rows.slice(0, rows.length / 2)).toEqual(rows.slice(rows.length / 2))
  }
})

test("[M10] on a terminal the code is redrawn in place, black on white, and gone when it was used", async () => {
  const fake = await startFake({
    begun(phone) {
      phone.showQr()
      linked(phone)
    },
  })
  const terminal = { columns: 80, rows: 50 }
  const { code, out } = await run(["login", "--port", fake.port], { terminal })
  expect(code).toBe(0)
  const screen = play(out)
  expect(screen.join("\n")).not.toMatch(/[█▀▄]|good for/)
  expect(screen.join("\n")).toContain("Linked as +15550100000.")
  expect(out).toContain("\u001B[38;5;16;48;5;231m")
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  expect(out.match(/\u001B\[\d+A\u001B\[J/g)).toHaveLength(2)
})

test("[M10] a terminal that is too small for the code says so, and shows it once it is larger", async () => {
  let phone: Phone | undefined
  const fake = await startFake({
    begun(begun) {
      phone = begun
      begun.showQr()
    },
  })
  const { out } = await run(["login", "--port", fake.port], {
    terminal: { columns: 80, rows: 24 },
    watch(text, _interrupt, stdout) {
      if (text.includes("--code --phone") && !/[█▀▄]/.test(text)) {
        Object.assign(stdout, { rows: 60 })
        setImmediate(() => stdout.emit("resize"))
      } else if (/[█▀▄]/.test(text)) {
        phone?.tell({ state: "linked" })
        phone = undefined
      }
    },
  })
  const small = out.slice(0, out.indexOf("\u001B"))
  expect(small).toMatch(/needs \d+ columns and \d+ rows; this terminal has\n80 and 24\./)
  expect(small).toContain("clawdis login --qr-file")
  expect(small).not.toMatch(/[█▀▄]/)
  for (const line of small.split("\n")) expect(line.length).toBeLessThanOrEqual(80)
})

test("[M10] a code to type is asked for with the number, and shown the way the phone does", async () => {
  const fake = await startFake({
    begun(phone) {
      phone.tell({ state: "code", code: "ABCD1234", expiresAt: Date.now() })
      phone.tell({ state: "linked", self: "+15550100000" })
    },
  })
  const line = ["login", "--code", "--phone", "+1 (555) 010-0000", "--port", fake.port]
  const { code, out } = await run(line)
  expect(code).toBe(0)
  expect(out).toContain("ABCD-1234")
  expect(out).toContain("Link with phone number instead")
  expect(fake.requests[0]?.params).toEqual({
    channel: "whatsapp",
    method: "code",
    phone: "+15550100000",
  })
})

test("[CL4] flags of login that do not fit each other: exit 2", async () => {
  for (const [flags, problem] of [
    [["--code"], "--code needs --phone"],
    [["--phone", "+15550100000"], "--phone is for --code"],
    [["--code", "--phone", "0555"], "such as +15550100000"],
    [["--code", "--phone", "+15550100000", "--qr-file", "x.svg"], "exclude each other"],
  ] as const) {
    const { code, out, err } = await run(["login", ...flags])
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toContain(problem)
  }
})

test("[M10] --qr-file writes a picture for us alone, renews it, and takes it away", async () => {
  const path = join(folder, "link.svg")
  let phone: Phone | undefined
  const seen: { mode: number; text: string }[] = []
  const fake = await startFake({
    begun(begun) {
      phone = begun
      begun.showQr()
    },
  })
  const { code, out } = await run(["login", "--qr-file", path, "--port", fake.port], {
    watch(text) {
      if (seen.length === 2 || !/Open it|A new code/.test(text)) return
      seen.push({ mode: statSync(path).mode & 0o777, text: readFileSync(path, "utf8") })
      setImmediate(() => (seen.length === 1 ? phone?.showQr() : phone?.tell({ state: "linked" })))
    },
  })
  expect(code).toBe(0)
  expect(out).toContain(`file://${path}`)
  expect(seen.map(({ mode }) => mode)).toEqual([0o600, 0o600])
  expect(seen[0]?.text).toMatch(/^<svg/)
  expect(readdirSync(folder)).toEqual([])
})

test("[M10] --qr-file writes over nothing, and a folder that is not there is said", async () => {
  const fake = await startFake({ begun: (phone) => phone.showQr() })
  const taken = await run(["login", "--qr-file", folder, "--port", fake.port])
  expect(taken.code).toBe(2)
  expect(taken.err).toContain("exists already")
  const missing = join(folder, "no", "link.svg")
  const { code, err } = await run(["login", "--qr-file", missing, "--port", fake.port])
  expect(code).toBe(2)
  expect(err).toContain(`${missing} cannot be written: its folder does not exist`)
  expect(fake.requests).toEqual([])
})

test("[M10, CL11] with --json the steps are lines on stderr and the end is one document on stdout", async () => {
  const fake = await startFake({ begun: linked })
  const { code, out, err } = await run(["login", "--json", "--port", fake.port])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual({
    ok: true,
    channel: "whatsapp",
    linked: true,
    self: "+15550100000",
  })
  const lines = err
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
  expect(lines.map(({ state }) => state)).toEqual(["preparing", "code", "linking", "linked"])
  expect(lines[1].qr).toBe(QR)
})

test("[M10, CL11] with --json no line of progress comes between the steps", async () => {
  const io: Io = {
    argv: [],
    environment: {},
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    timings: DEFAULT_TIMINGS,
    onInterrupt: () => undefined,
  }
  const shown: unknown[] = []
  for (const isJson of [true, false]) {
    const view = await createLoginView({ io, isJson, progress: (line) => shown.push(line) })
    view.show({ loginId: "1", state: "preparing" }, undefined)
    await view.close()
  }
  expect(shown).toEqual([undefined, "waiting for a code …"])
})

test.each([
  [{ state: "exhausted" }, /None of the codes was used/, 1],
  [{ state: "expired" }, /not used in time/, 1],
  [{ state: "cancelled" }, /was cancelled/, 1],
  [
    { state: "refused", error: { code: "UNAVAILABLE", message: "WhatsApp said no." } },
    /^WhatsApp said no\.\n$/,
    1,
  ],
])("[WA22] a login that ends as %j says so", async (end, text, expected) => {
  const fake = await startFake({ begun: (phone) => phone.tell(end) })
  const { code, out, err } = await run(["login", "--port", fake.port])
  expect({ code, out }).toEqual({ code: expected, out: "" })
  expect(err).toMatch(text)
  const json = await run(["login", "--json", "--port", fake.port])
  expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: "UNAVAILABLE" } })
})

test("[M10] an account that is linked already is an error of its own, exit 1", async () => {
  const error = {
    code: "INVALID_REQUEST",
    message: "WhatsApp is linked already as +1555.",
    details: { reason: "already_linked" },
  }
  const fake = await startFake({ answer: () => ({ ok: false, error }) })
  expect(await run(["login", "--port", fake.port])).toEqual({
    code: 1,
    out: "",
    err: "WhatsApp is linked already as +1555.\n",
  })
})

test("[M10] Ctrl-C cancels the login and takes the picture away, exit 130", async () => {
  const path = join(folder, "link.svg")
  const fake = await startFake({ begun: (phone) => phone.showQr() })
  const { code, err } = await run(["login", "--qr-file", path, "--port", fake.port], {
    watch: (text, interrupt) => {
      if (text.includes("Open it")) interrupt()
    },
  })
  expect(code).toBe(130)
  expect(err).toBe("Interrupted: the login is cancelled.\n")
  expect(fake.requests[1]).toMatchObject({ method: "login.cancel", params: { loginId: "l1" } })
  expect(existsSync(path)).toBe(false)
})

test("[M10] Ctrl-C that comes too late says that it does", async () => {
  const fake = await startFake({
    begun: (phone) => phone.tell({ state: "linking" }),
    answer: ({ method }) =>
      method === "login.cancel" ? { ok: true, payload: { cancelled: false } } : undefined,
  })
  const { code, err } = await run(["login", "--port", fake.port], {
    watch: (text, interrupt) => {
      if (text.includes("linking …")) interrupt()
    },
  })
  expect(code).toBe(130)
  expect(err).toContain("too late to cancel")
})

test("[M10] logout asks once on a terminal, and needs --yes elsewhere", async () => {
  const answer = () => ({ ok: true, payload: { channel: "whatsapp", loggedOut: true } })
  const fake = await startFake({ answer })
  const line = ["logout", "--port", fake.port]
  const unasked = await run(line)
  expect(unasked.code).toBe(2)
  expect(unasked.err).toContain("--yes")
  for (const typed of ["\n", "n\n", ""]) expect((await run(line, { typed })).code).toBe(1)
  expect(fake.requests).toEqual([])
  const asked = await run(line, { typed: "y\n" })
  expect(asked).toMatchObject({ code: 0, err: expect.stringContaining("[y/N]") })
  expect(asked.out).toContain("Unlinked")
  expect(JSON.parse((await run([...line, "--yes", "--json"])).out)).toEqual({
    channel: "whatsapp",
    loggedOut: true,
  })
  expect(fake.requests.map(({ method }) => method)).toEqual(["logout", "logout"])
})

test("[M10] a logout that WhatsApp could not be told of says what is left to do", async () => {
  const payload = { channel: "whatsapp", loggedOut: true, serviceTold: false }
  const fake = await startFake({ answer: () => ({ ok: true, payload }) })
  const { code, out } = await run(["logout", "--yes", "--port", fake.port])
  expect(code).toBe(0)
  expect(out).toContain("on the phone as well")
})

test("[M10] a logout without a link says so, exit 0", async () => {
  const answer = () => ({ ok: true, payload: { channel: "whatsapp", loggedOut: false } })
  const fake = await startFake({ answer })
  const { code, out } = await run(["logout", "--yes", "--port", fake.port])
  expect({ code, out }).toEqual({ code: 0, out: "Nothing was linked.\n" })
})

/** What a terminal shows after all of it: only the codes that the view uses. */
function play(text: string): string[] {
  const lines = [""]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is played.
  for (const piece of text.split(/(\n|\u001B\[[0-9;]*[A-Za-z])/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is played.
    const up = /^\u001B\[(\d+)A$/.exec(piece)
    if (piece === "\n") lines.push("")
    else if (up !== null) lines.splice(lines.length - 1 - Number(up[1]), Number(up[1]), "")
    else if (!piece.startsWith("\u001B")) lines[lines.length - 1] += piece
  }
  return lines
}
