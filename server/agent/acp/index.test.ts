import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type Attachment, GatewayError, type Thinking } from "#protocol"
import { type Clock, systemClock } from "../../host/clock.ts"
import { silentLogger } from "../../host/logger.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import type { Engine, EngineParts, Permission, PermissionAsk, TurnEvent } from "../engine.ts"
import { createAcpEngine } from "./index.ts"
import { createLifeline, type Lifeline } from "./testing/lifeline.ts"
import type { AgentStep, Received } from "./testing/script.ts"

const AGENT = fileURLToPath(import.meta.resolve("./testing/scripted-agent.ts"))
const LONELY = fileURLToPath(import.meta.resolve("./testing/lonely-engine.ts"))
const GRACE_MS = 5000

let lifeline: Lifeline
let folder: string
const engines: Engine[] = []
/** What the engines of a test remember over their own end. */
let facts = new Map<string, string>()

beforeEach(async () => {
  lifeline = await createLifeline()
  facts = new Map()
  folder = await mkdtemp(join(tmpdir(), "acp-"))
})

// Every test ends with no process left, whatever it did.
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop(GRACE_MS)))
  await lifeline.released()
  lifeline.close()
  await rm(folder, { recursive: true, force: true })
})

interface EngineOptions {
  readonly flags?: readonly string[]
  readonly command?: string | readonly string[]
  readonly clock?: Clock
  readonly instructions?: string
  readonly env?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { flags = [], command = [process.execPath, AGENT, ...flags], instructions } = options
  const parts: EngineParts = {
    settings: {
      command,
      cwd: join(folder, "workspace"),
      env: ["LIFELINE_PORT", ...(options.env ?? [])],
      instructions,
    },
    clock: options.clock ?? systemClock,
    log: silentLogger,
    timings: { graceMs: GRACE_MS, deltaPauseMs: 0 },
    tools: new Map(),
    memory: {
      get: async (key) => facts.get(key),
      set: async (key, value) => void facts.set(key, value),
    },
    environment: {
      PATH: process.env["PATH"],
      HOME: folder,
      LIFELINE_PORT: String(lifeline.port),
      ...options.environment,
    },
    documents: [],
  }
  const engine = await createAcpEngine(parts)
  engines.push(engine)
  return engine
}

interface TurnInput {
  readonly prompt: string | readonly AgentStep[]
  readonly sessionKey?: string
  readonly sessionId?: string
  readonly notes?: readonly string[]
  readonly attachments?: readonly Attachment[]
  readonly thinking?: Thinking
  /** Refuses if missing. */
  readonly permit?: (ask: PermissionAsk) => Promise<Permission>
}

/** A turn under way, with what it emitted so far. */
function play(engine: Engine, input: TurnInput) {
  const events: TurnEvent[] = []
  const watchers = new Set<() => void>()
  const abort = new AbortController()
  const over = engine.run(
    {
      runId: "run-1",
      sessionKey: input.sessionKey ?? "main",
      sessionId: input.sessionId ?? "one",
      prompt: typeof input.prompt === "string" ? input.prompt : JSON.stringify(input.prompt),
      notes: input.notes ?? [],
      attachments: input.attachments ?? [],
      resources: [],
      thinking: input.thinking ?? "off",
      history: async () => [],
    },
    {
      permit: input.permit ?? refuse,
      emit: (event) => {
        events.push(event)
        for (const watch of [...watchers]) watch()
      },
      signal: abort.signal,
    },
  )
  over.catch(() => undefined)
  return {
    events,
    abort,
    over,
    text: () => textOf(events),
    tools: () => events.flatMap((event) => (event.stream === "tool" ? [event.data] : [])),
    /** Resolves once the agent has said this. */
    said: (text: string) =>
      new Promise<void>((resolve) => {
        const watch = (): void => {
          if (textOf(events).includes(text)) resolve()
        }
        watchers.add(watch)
        watch()
      }),
  }
}

/** A rule refuses. */
async function refuse({ options }: PermissionAsk): Promise<Permission> {
  const option =
    options.find(({ kind }) => kind === "reject_once") ??
    options.find(({ kind }) => kind === "reject_always")
  return { by: "rule", ...(option !== undefined && { option }) }
}

function textOf(events: readonly TurnEvent[]): string {
  return events.map((event) => (event.stream === "assistant" ? event.delta : "")).join("")
}

async function answerTo(engine: Engine, input: TurnInput): Promise<string> {
  const turn = play(engine, input)
  await turn.over
  return turn.text()
}

async function received(engine: Engine, input: Omit<TurnInput, "prompt"> & { prompt?: string }) {
  return JSON.parse(await answerTo(engine, { prompt: "hello", ...input })) as Received
}

async function failureOf(over: Promise<void>): Promise<GatewayError> {
  const error = await over.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof GatewayError) return error
  throw new Error(`expected a GatewayError, got ${error}`)
}

function base64(text: string | Buffer): string {
  return Buffer.from(text).toString("base64")
}

test("[E6] text, thoughts and tool calls arrive as events in the order they were sent", async () => {
  const turn = play(await createEngine(), {
    prompt: [
      { update: { sessionUpdate: "agent_thought_chunk", content: { type: "text", text: "hm" } } },
      { say: "I will look." },
      {
        update: {
          sessionUpdate: "tool_call",
          toolCallId: "1",
          title: "Read a.txt",
          kind: "read",
          rawInput: { path: "a.txt" },
        },
      },
      { update: { sessionUpdate: "tool_call_update", toolCallId: "1", status: "in_progress" } },
      {
        update: {
          sessionUpdate: "tool_call_update",
          toolCallId: "1",
          status: "completed",
          content: [{ type: "content", content: { type: "text", text: "the file" } }],
        },
      },
      { say: "It is " },
      { say: "empty." },
    ],
  })
  await turn.over
  expect(turn.events).toEqual([
    { stream: "thought", delta: "hm" },
    { stream: "assistant", delta: "I will look." },
    {
      stream: "tool",
      data: {
        phase: "start",
        callId: "1",
        name: "read",
        title: "Read a.txt",
        input: '{"path":"a.txt"}',
      },
    },
    {
      stream: "tool",
      data: { phase: "end", callId: "1", name: "read", ok: true, output: "the file" },
    },
    { stream: "assistant", delta: "\n\nIt is " },
    { stream: "assistant", delta: "empty." },
  ])
})

test("[M12] a permission request that is refused is answered so, and the tool call says who refused", async () => {
  const turn = play(await createEngine(), {
    prompt: [{ ask: { callId: "7", kinds: ["allow_once", "reject_always", "reject_once"] } }],
  })
  await turn.over
  expect(turn.text()).toBe('{"outcome":"selected","optionId":"id-reject_once"}')
  expect(turn.tools()).toMatchObject([
    { phase: "start", title: "Delete everything" },
    { phase: "update" },
    { phase: "end", ok: false },
  ])
  expect(turn.tools().at(-1)?.output).toContain("refused by a rule")
})

test("[M12] a permission request reaches whoever decides with what is known of the call", async () => {
  const asked: PermissionAsk[] = []
  const turn = play(await createEngine(), {
    prompt: [
      {
        update: {
          sessionUpdate: "tool_call",
          toolCallId: "7",
          title: "Write a.txt",
          kind: "edit",
          rawInput: { path: "a.txt" },
        },
      },
      { ask: { callId: "7", kinds: ["allow_once", "reject_once"] } },
      { ask: { callId: "8", kinds: ["allow_once", "reject_once"], kind: "execute" } },
    ],
    permit: async (ask) => {
      asked.push(ask)
      const option = ask.options.find(({ kind }) => kind === "allow_once")
      return { by: "client", ...(option !== undefined && { option }) }
    },
  })
  await turn.over
  const options = [
    { id: "id-allow_once", label: "allow_once", kind: "allow_once" },
    { id: "id-reject_once", label: "reject_once", kind: "reject_once" },
  ]
  expect(asked).toEqual([
    { callId: "7", title: "Delete everything", kind: "edit", input: '{"path":"a.txt"}', options },
    { callId: "8", title: "Delete everything", kind: "execute", options },
  ])
  expect(turn.text()).toContain('{"outcome":"selected","optionId":"id-allow_once"}')
  expect(JSON.stringify(turn.tools())).not.toContain("refused")
})

test("[M12] a permission request of a run that is stopped is cancelled", async () => {
  const turn = play(await createEngine(), {
    prompt: [{ ask: { callId: "7", kinds: ["allow_once", "reject_once"] } }],
    permit: async () => ({ by: "abort" }),
  })
  await turn.over
  expect(turn.text()).toBe('{"outcome":"cancelled"}')
})

test("a permission request without a way to refuse is cancelled", async () => {
  const engine = await createEngine()
  const prompt = [{ ask: { callId: "7", kinds: ["allow_once", "allow_always"] } }] as const
  expect(await answerTo(engine, { prompt })).toBe('{"outcome":"cancelled"}')
})

test.each([
  ["a dash", "--help -rf /"],
  ["shell characters", "$(touch /tmp/x) `id` ; | & > \n\r\t '\" \\"],
  ["200 kB", "ä`$(x)".repeat(40_000)],
])("[AG12] a prompt with %s arrives unchanged", async (_name, prompt) => {
  const { blocks } = await received(await createEngine(), { prompt })
  expect(blocks).toMatchObject([
    { length: prompt.length, sha256: createHash("sha256").update(prompt).digest("hex") },
  ])
})

test("instructions come once a conversation, as a block before the prompt", async () => {
  const engine = await createEngine({ instructions: "You are Clawdis." })
  const first = await received(engine, { notes: ["It is Monday."] })
  expect(first.blocks.map(({ start }) => start)).toEqual([
    "You are Clawdis.",
    "It is Monday.",
    "hello",
  ])
  const second = await received(engine, {})
  expect(second.blocks.map(({ start }) => start)).toEqual(["hello"])
  const other = await received(engine, { sessionId: "two" })
  expect(other.blocks).toHaveLength(2)
})

test("an image goes to an agent that reads images; what it cannot read is named", async () => {
  const { blocks } = await received(await createEngine(), {
    attachments: [
      { name: "a.png", mimeType: "image/png", data: base64("x") },
      { name: "a.txt", mimeType: "text/plain", data: base64("grüße") },
      { name: "a.zip", mimeType: "application/zip", data: base64("x") },
    ],
  })
  expect(blocks.map(({ type, start }) => [type, start])).toEqual([
    ["text", "hello"],
    ["image", ""],
    ["text", "[attachment a.txt]\ngrüße"],
    ["text", "[attachment a.zip (application/zip) is l"],
  ])
})

test("[AG11] conversations are sessions of one process and run side by side", async () => {
  const engine = await createEngine()
  const waiting = play(engine, {
    prompt: [{ say: "waiting" }, { untilCancelled: true }],
    sessionKey: "telegram:1",
  })
  await waiting.said("waiting")
  const first = await received(engine, {})
  const again = await received(engine, {})
  const other = await received(engine, { sessionKey: "telegram:2" })
  const reset = await received(engine, { sessionId: "two" })
  expect(again).toEqual(first)
  expect(new Set([first.session, other.session, reset.session]).size).toBe(3)
  expect(new Set([first.process, other.process, reset.process]).size).toBe(1)
  waiting.abort.abort()
  await expect(waiting.over).rejects.toMatchObject({ reason: "aborted" })
})

test("[AG16] an agent that obeys session/cancel keeps running", async () => {
  const engine = await createEngine()
  const before = await received(engine, {})
  const turn = play(engine, { prompt: [{ say: "waiting" }, { untilCancelled: true }] })
  await turn.said("waiting")
  turn.abort.abort()
  await expect(turn.over).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "aborted" })
  expect((await received(engine, {})).process).toBe(before.process)
  expect(engine.health().state).toBe("ready")
})

test("[AG3, AG7] an agent that ignores session/cancel is killed with its group, and the next turn starts a new one", async () => {
  const clock = createManualClock()
  const engine = await createEngine({ clock })
  const before = await received(engine, {})
  const turn = play(engine, {
    prompt: [{ grandchild: true }, { say: "deaf" }, { ignoreCancel: true }],
  })
  await turn.said("deaf")
  await lifeline.held(2)
  const reason = new GatewayError("AGENT_TIMEOUT", "No answer in time.")
  turn.abort.abort(reason)
  await clock.advance(GRACE_MS)
  await expect(turn.over).rejects.toBe(reason)
  expect(engine.health()).toMatchObject({
    state: "failed",
    lastError: expect.stringContaining("did not stop when it was asked to"),
  })
  await lifeline.released()
  expect((await received(engine, {})).process).not.toBe(before.process)
  expect(engine.health()).toEqual({ engine: "acp", state: "ready" })
})

test("[AG3] an agent that never starts is killed at the end of the grace period", async () => {
  const clock = createManualClock()
  const engine = await createEngine({ clock, flags: ["--never-starts"] })
  const turn = play(engine, { prompt: "hello" })
  await lifeline.held(1)
  turn.abort.abort()
  await clock.advance(GRACE_MS)
  await expect(turn.over).rejects.toMatchObject({ reason: "aborted" })
  await lifeline.released()
})

test("a stopped turn does not end an agent that is starting for another turn", async () => {
  const clock = createManualClock()
  const engine = await createEngine({ clock, flags: ["--never-starts"] })
  const stopped = play(engine, { prompt: "hello" })
  const waiting = play(engine, { prompt: "hello", sessionKey: "telegram:1" })
  await lifeline.held(1)
  stopped.abort.abort()
  await clock.advance(GRACE_MS)
  await expect(stopped.over).rejects.toMatchObject({ reason: "aborted" })
  waiting.abort.abort()
  await clock.advance(GRACE_MS)
  await expect(waiting.over).rejects.toMatchObject({ reason: "aborted" })
  await lifeline.released()
})

test("a turn that was aborted before it began starts nothing", async () => {
  const engine = await createEngine()
  const signal = AbortSignal.abort()
  const turn = { runId: "r", sessionKey: "main", sessionId: "one", prompt: "x", notes: [] }
  const run = engine.run(
    { ...turn, attachments: [], resources: [], thinking: "off", history: async () => [] },
    { emit: () => undefined, permit: refuse, signal },
  )
  await expect(run).rejects.toMatchObject({ reason: "aborted" })
})

test("[AG2] an exit in the middle of a turn fails it with the agent's last words, cleaned", async () => {
  const engine = await createEngine({
    env: ["MODEL_KEY"],
    environment: { MODEL_KEY: "hunter2hunter2" },
  })
  const words = `${"x".repeat(2000)}\u001b[31mno credit\u001b[0m\u0007 for hunter2hunter2\n`
  const turn = play(engine, { prompt: [{ say: "one moment" }, { complain: words }, { exit: 1 }] })
  const error = await failureOf(turn.over)
  expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "agent_failed", retryable: false })
  expect(error.message).toMatch(/ended with exit code 1: x+no credit for \[hidden\]$/)
  expect(error.message.length).toBeLessThan(700)
  expect(engine.health()).toEqual({
    engine: "acp",
    state: "failed",
    lastError: error.message,
  })
})

test("[AG8] an agent killed from outside fails the turn once; the next one starts a new process and health recovers", async () => {
  const engine = await createEngine()
  const before = await received(engine, {})
  const turn = play(engine, { prompt: [{ killSelf: true }] })
  expect((await failureOf(turn.over)).message).toContain("was killed (SIGKILL)")
  expect(engine.health().state).toBe("failed")
  expect((await received(engine, {})).process).not.toBe(before.process)
  expect(engine.health()).toEqual({ engine: "acp", state: "ready" })
})

test("an agent that can load sessions keeps a conversation over its own end", async () => {
  const engine = await createEngine({ flags: ["--remembers"], instructions: "Be kind." })
  const before = await received(engine, {})
  await failureOf(play(engine, { prompt: [{ exit: 3 }] }).over)
  const after = await received(engine, {})
  expect(after.process).not.toBe(before.process)
  expect(after.session).toBe(before.session)
  expect(after.blocks.map(({ start }) => start)).toEqual(["hello"])
})

test("an agent that can load sessions keeps a conversation over the end of the gateway", async () => {
  const flags = ["--remembers"]
  const first = await createEngine({ flags, instructions: "Be kind." })
  const before = await received(first, {})
  await first.stop(GRACE_MS)
  const second = await createEngine({ flags, instructions: "Be kind." })
  const after = await received(second, {})
  expect(after.process).not.toBe(before.process)
  expect(after.session).toBe(before.session)
  expect(after.blocks.map(({ start }) => start)).toEqual(["hello"])
  const reset = await received(second, { sessionId: "two" })
  expect(reset.session).not.toBe(before.session)
  expect(reset.blocks.map(({ start }) => start)).toEqual(["Be kind.", "hello"])
})

test("a session that the agent has lost, or that another agent had, is opened anew and told everything", async () => {
  const first = await createEngine({ flags: ["--remembers"], instructions: "Be kind." })
  const before = await received(first, {})
  await first.stop(GRACE_MS)
  // Another command is another agent; it would take up any session.
  const other = await createEngine({ flags: ["--remembers", "--other"], instructions: "Be kind." })
  const ofOther = await received(other, {})
  expect(ofOther.session).not.toBe(before.session)
  await other.stop(GRACE_MS)

  const flags = ["--remembers", "--forgets"]
  const third = await createEngine({ flags, instructions: "Be kind." })
  await received(third, {})
  await third.stop(GRACE_MS)
  const fourth = await createEngine({ flags, instructions: "Be kind." })
  const after = await received(fourth, {})
  expect(after.blocks.map(({ start }) => start)).toEqual(["Be kind.", "hello"])
})

test("an agent that ends while it takes a session up is tried twice, then the conversation begins anew", async () => {
  const flags = ["--remembers", "--dies-at-load"]
  const first = await createEngine({ flags, instructions: "Be kind." })
  const before = await received(first, {})
  await first.stop(GRACE_MS)
  const second = await createEngine({ flags, instructions: "Be kind." })
  for (const _ of [1, 2]) {
    const error = await failureOf(play(second, { prompt: "hello" }).over)
    expect(error.message).toContain("ended with exit code 4")
    expect(facts.get("acp:main")).toContain(before.session)
  }
  const after = await received(second, {})
  expect(after.blocks.map(({ start }) => start)).toEqual(["Be kind.", "hello"])
  expect(facts.get("acp:main")).toContain(after.session)
})

test("a memory that cannot be written costs no turn", async () => {
  facts.set = () => {
    throw new Error("disk full")
  }
  expect(await answerTo(await createEngine(), { prompt: [{ say: "fine" }] })).toBe("fine")
})

test("an agent that lets its client choose is told how hard to think", async () => {
  const engine = await createEngine({ flags: ["--thinks"] })
  const level = (thinking: Thinking) =>
    answerTo(engine, { prompt: [{ sayThinking: true }], thinking })
  expect(await level("high")).toBe("as ever")
  expect(await level("low")).toBe("low")
  // It has no such level and stays as it is.
  expect(await level("medium")).toBe("low")
  expect(await level("off")).toBe("none")
  const stubborn = await createEngine({ flags: ["--thinks", "--stubborn"] })
  const prompt = [{ sayThinking: true }] as const
  expect(await answerTo(stubborn, { prompt, thinking: "low" })).toBe("as ever")
})

test("[AG9] an agent that closes its output but lives on is ended and fails the turn", async () => {
  const engine = await createEngine()
  const turn = play(engine, { prompt: [{ close: "output" }, { ignoreCancel: true }] })
  expect(await failureOf(turn.over)).toMatchObject({ reason: "agent_failed" })
  await lifeline.released()
})

test("[AG9] an agent that closed its input is ended at the next write, and its turns fail", async () => {
  const engine = await createEngine()
  const first = play(engine, {
    prompt: [{ close: "input" }, { say: "closed" }, { ignoreCancel: true }],
  })
  await first.said("closed")
  const second = play(engine, { prompt: "hello", sessionKey: "telegram:1" })
  expect(await failureOf(first.over)).toMatchObject({ reason: "agent_failed" })
  expect(await failureOf(second.over)).toMatchObject({ reason: "agent_failed" })
  await lifeline.released()
})

test("[AG14] an agent whose gateway was killed ends by itself", async () => {
  const gateway = spawn(process.execPath, [LONELY, process.execPath, AGENT], {
    env: { PATH: process.env["PATH"], HOME: folder, LIFELINE_PORT: String(lifeline.port) },
    stdio: ["ignore", "ignore", "inherit"],
  })
  await lifeline.held(1)
  gateway.kill("SIGKILL")
  await once(gateway, "exit")
  await lifeline.released()
})

test("[AG1] a program that is not on PATH, does not exist or may not run is named", async () => {
  const plain = join(folder, "plain")
  await writeFile(plain, "#!/bin/sh\n")
  for (const [command, words] of [
    ["no-such-agent", 'preset for the agent "no-such-agent"'],
    [["no-such-agent", "acp"], '"no-such-agent" is not on PATH'],
    [[join(folder, "nothing")], `${join(folder, "nothing")} does not exist`],
    [[plain], `${plain} is not an executable file`],
  ] as const) {
    const engine = await createEngine({ command })
    expect(engine.health()).toMatchObject({ engine: "acp", state: "missing" })
    const error = await failureOf(play(engine, { prompt: "hello" }).over)
    expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "agent_not_found" })
    expect(error.message).toContain(words)
    expect(engine.health()).toMatchObject({ state: "missing", lastError: error.message })
  }
})

test("[AG1] a program that is installed later is found by the next turn", async () => {
  const file = join(folder, "agent")
  const engine = await createEngine({ command: [file] })
  expect(engine.health().state).toBe("missing")
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${AGENT}"\n`)
  await chmod(file, 0o755)
  await received(engine, {})
  expect(engine.health().state).toBe("ready")
})

test("without a command the engine says how to configure one", async () => {
  const engine = await createEngine({ command: [] })
  const error = await failureOf(play(engine, { prompt: "hello" }).over)
  expect(error).toMatchObject({ reason: "not_configured" })
  expect(error.message).toContain("agent.command")
})

test("[AG4] a turn with more than 10 MB of output is ended", async () => {
  const engine = await createEngine()
  const turn = play(engine, {
    prompt: [{ flood: { bytes: 500_000, times: 100, end: "\n" } }, { ignoreCancel: true }],
  })
  expect(await failureOf(turn.over)).toMatchObject({ reason: "output_too_large" })
  await lifeline.released()
})

test("[AG5] a line of more than 1 MiB ends the agent", async () => {
  const engine = await createEngine()
  const turn = play(engine, {
    prompt: [{ flood: { bytes: 1024 * 1024, times: 50, end: "" } }, { ignoreCancel: true }],
  })
  expect(await failureOf(turn.over)).toMatchObject({ reason: "output_too_large" })
  await lifeline.released()
})

test("[AG6] lines that are no messages are skipped, and a character cut in two is whole again", async () => {
  const turn = play(await createEngine(), {
    prompt: [
      { write: ['{"jsonrpc"\n', "[1,2]\nnull\n", "starting up...\n"].map(base64) },
      { write: [base64(Buffer.from([0, 255, 254, 10]))] },
      { write: [base64('{"jsonrpc":"2.0","id":999,"result":{}}\n')] },
      { write: [base64('{"jsonrpc":"2.0","method":"session/update","params":7}\n')] },
      { say: "grüße 🦞" },
    ],
  })
  await turn.over
  expect(turn.text()).toBe("grüße 🦞")
})

test("[AG13] the agent gets an allow-list of the environment and never the gateway's tokens", async () => {
  const engine = await createEngine({
    env: ["MODEL_KEY", "CLAWDIS_GATEWAY_TOKEN", "TELEGRAM_BOT_TOKEN"],
    environment: {
      LC_ALL: "C",
      XDG_CONFIG_HOME: folder,
      MODEL_KEY: "k",
      AWS_SECRET: "s",
      CLAWDIS_GATEWAY_TOKEN: "t",
      TELEGRAM_BOT_TOKEN: "b",
    },
  })
  const names = JSON.parse(await answerTo(engine, { prompt: [{ sayEnvironment: true }] }))
  expect(names).toEqual(
    ["HOME", "LC_ALL", "LIFELINE_PORT", "MODEL_KEY", "PATH", "XDG_CONFIG_HOME"].sort(),
  )
})

test.each([
  ["refusal", "The agent refused"],
  ["cancelled", "cancelled the turn by itself"],
] as const)("the stop reason %s is a failure", async (stop, words) => {
  const error = await failureOf(play(await createEngine(), { prompt: [{ stop }] }).over)
  expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "agent_failed" })
  expect(error.message).toContain(words)
})

test.each(["max_tokens", "max_turn_requests"] as const)(
  "the stop reason %s ends the turn with a note",
  async (stop) => {
    const text = await answerTo(await createEngine(), { prompt: [{ say: "So far" }, { stop }] })
    expect(text).toMatch(/^So far\n\n\(The agent stopped here: .*\)$/)
  },
)

test("an error of the agent fails the turn, and the process goes on", async () => {
  const engine = await createEngine()
  const before = await received(engine, {})
  const error = await failureOf(play(engine, { prompt: [{ fail: "no model" }] }).over)
  expect(error).toMatchObject({ reason: "agent_failed" })
  expect(error.message).toContain("no model")
  expect((await received(engine, {})).process).toBe(before.process)
})

test.each([
  ["--logged-out", "log in first"],
  ["--other-version", "speaks version 99"],
])("an agent started with %s fails the turn with what to do", async (flag, words) => {
  const engine = await createEngine({ flags: [flag] })
  expect((await failureOf(play(engine, { prompt: "hello" }).over)).message).toContain(words)
})

test("[AG7] stop ends the agent and what it started, and fails the turn under way", async () => {
  const clock = createManualClock()
  const engine = await createEngine({ clock })
  const turn = play(engine, {
    prompt: [{ grandchild: true }, { say: "deaf" }, { ignoreCancel: true }],
  })
  await turn.said("deaf")
  const stopped = engine.stop(GRACE_MS)
  await clock.advance(GRACE_MS)
  await stopped
  await lifeline.released()
  expect(await failureOf(turn.over)).toMatchObject({ reason: "shutting_down" })
  expect(await failureOf(play(engine, { prompt: "hello" }).over)).toMatchObject({
    reason: "shutting_down",
  })
})
