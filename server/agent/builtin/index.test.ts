import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { GatewayError } from "#protocol"
import { systemClock } from "../../host/clock.ts"
import { silentLogger } from "../../host/logger.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import type { GatewayTool, Turn, TurnEvent } from "../engine.ts"
import { toDeltas } from "./answering.ts"
import { type BuiltinParts, createBuiltinEngine } from "./index.ts"

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "builtin-"))
  await writeFile(join(folder, "claude"), "")
  await chmod(join(folder, "claude"), 0o755)
  await writeFile(join(folder, "guide.md"), "# Backups\n\nCopy the state folder.\n")
})

afterAll(() => rm(folder, { recursive: true }))

function toolOf(name: string, call: GatewayTool["call"]): [string, GatewayTool] {
  return [name, { name, title: `The ${name}`, description: "", call }]
}

const HEALTH = {
  ok: true,
  version: "1.2.3",
  uptimeMs: 3 * 3_600_000,
  channels: {
    whatsapp: { configured: true, state: "off", linked: false },
    telegram: { configured: true, state: "open", self: "@clawdis_bot" },
  },
}

const TOOLS = new Map([
  toolOf("health", async () => HEALTH),
  toolOf("status", async () => ({
    runs: { active: 1, queued: 0 },
    sessions: { count: 2 },
    outbox: { pending: 0, failed: 0 },
    dropped: [{ channel: "telegram", id: "12345", name: "Ben" }],
  })),
  toolOf("presence", async () => [{ text: "gateway on host-1" }, { text: "a browser" }]),
  toolOf("sessions", async () => [{ key: "main", title: "Plans" }, { key: "telegram:1" }]),
])

interface PlayOptions extends Partial<BuiltinParts> {
  readonly resources?: Turn["resources"]
}

function play(prompt: string, { resources = [], ...options }: PlayOptions = {}) {
  const engine = createBuiltinEngine({
    settings: { cwd: folder, env: [] },
    clock: systemClock,
    log: silentLogger,
    timings: { graceMs: 0, deltaPauseMs: 0 },
    tools: TOOLS,
    memory: { get: async () => undefined, set: async () => undefined },
    environment: { PATH: folder },
    documents: [folder],
    engines: ["builtin", "acp"],
    probe: async (port) => port === 11434,
    ...options,
  })
  const events: TurnEvent[] = []
  const abort = new AbortController()
  const over = engine.run(
    {
      runId: "run-1",
      sessionKey: "main",
      sessionId: "one",
      prompt,
      notes: [],
      attachments: [],
      resources,
      thinking: "off",
      history: async () => [],
    },
    {
      emit: (event) => events.push(event),
      permit: async () => ({ by: "rule" }),
      signal: abort.signal,
    },
  )
  over.catch(() => undefined)
  return { events, abort, over }
}

async function answerTo(prompt: string, options: PlayOptions = {}): Promise<string> {
  const { events, over } = play(prompt, options)
  await over
  return events.map((event) => (event.stream === "assistant" ? event.delta : "")).join("")
}

test.each(["help", "hello", "Hi there!", "are you a language model?", "who are you", "?"])(
  "%j is answered with what the engine is, plainly",
  async (prompt) => {
    expect(await answerTo(prompt)).toContain("I am not a language model")
  },
)

test("[E6] status calls the gateway's tools: each is seen to start and to end, then the text streams", async () => {
  const { events, over } = play("status")
  await over
  expect(events.slice(0, 4)).toEqual([
    {
      stream: "tool",
      data: {
        phase: "start",
        callId: "health-1",
        name: "health",
        title: "The health",
        input: "{}",
      },
    },
    {
      stream: "tool",
      data: {
        phase: "end",
        callId: "health-1",
        name: "health",
        title: "The health",
        output: JSON.stringify(HEALTH, undefined, 2),
        ok: true,
      },
    },
    { stream: "tool", data: expect.objectContaining({ phase: "start", name: "status" }) },
    { stream: "tool", data: expect.objectContaining({ phase: "end", name: "status", ok: true }) },
  ])
  expect(events.length).toBeGreaterThan(10)
  const text = await answerTo("how are you?")
  expect(text).toContain("The gateway 1.2.3 is well; it has been up for 3 hours.")
  expect(text).toContain("- whatsapp: not linked\n- telegram: connected as @clawdis_bot")
  expect(text).toContain("2 conversations; 0 other runs under way")
  expect(text).toContain("Ben wrote on telegram and is not allowed")
})

test.each([
  ["who is here?", "- gateway on host-1\n- a browser"],
  ["show me the sessions", "- `main` Plans\n- `telegram:1`"],
  ["link WhatsApp", "`clawdis login`"],
  ["How do I connect Telegram?", "@BotFather"],
  ["making backups", 'From guide.md, "Backups":\n\nCopy the state folder.'],
  ["Tell me about the weather in Paris", "I have no answer to that."],
  ["", "I have no answer to that."],
])("%j is answered with %j", async (prompt, words) => {
  expect(await answerTo(prompt)).toContain(words)
})

test("a message from a chat app is answered by what the person wrote, not by its envelope", async () => {
  const prompt =
    '[message channel="telegram" sender="status (1)" time="2026-01-01T10:00:00Z"]\nsessions\n[/message]'
  expect(await answerTo(prompt)).toContain("2 conversations")
})

test("agents on this machine are named with the line that switches to them", async () => {
  const text = await answerTo("connect a model")
  expect(text).toContain('`"agent": { "engine": "acp", "command": "claude" }`')
  expect(text).toContain("Ollama listens at http://127.0.0.1:11434.")
  expect(text).not.toContain('"openai"')
  const withEngine = await answerTo("connect a model", { engines: ["acp", "openai"] })
  expect(withEngine).toContain('"engine": "openai", "baseUrl": "http://127.0.0.1:11434/v1"')
})

test("on a machine without agents it says what to install", async () => {
  const nothing = { environment: {}, probe: async () => false }
  expect(await answerTo("connect a model", nothing)).toContain("I found no agent")
})

test("a tool that fails is seen to fail, and one that is missing is not called", async () => {
  const tools = new Map([
    toolOf("health", async () => {
      throw new Error("No disk.")
    }),
  ])
  const { events, over } = play("status", { tools })
  await over
  const seen = events.flatMap((event) => (event.stream === "tool" ? [event.data] : []))
  expect(seen).toEqual([
    expect.objectContaining({ phase: "start", name: "health" }),
    expect.objectContaining({ phase: "end", name: "health", ok: false, output: "No disk." }),
  ])
  expect(await answerTo("status", { tools })).toContain("I could not look at")
})

test("[AG16] an abort ends the answer between two pieces of text", async () => {
  const clock = createManualClock()
  const { events, abort, over } = play("help", { clock, timings: { graceMs: 0, deltaPauseMs: 15 } })
  await clock.advance(30)
  const said = events.length
  expect(said).toBe(3)
  abort.abort()
  await expect(over).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "aborted" })
  expect(events).toHaveLength(said)
})

test("the pieces of a text are the text", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(" ", "\n\n", "\t"))), (pieces) => {
      const text = pieces.join("")
      expect(toDeltas(text).join("")).toBe(text)
    }),
  )
})

test("a file is mentioned, and a question beside it is answered", async () => {
  const file = { mediaId: "1", path: "/m/1", mimeType: "image/png", name: "cat.png", bytes: 1 }
  const envelope = (text: string) =>
    `[message channel="x" sender="y" time="z"]\n${text}[media: image cat.png: /m/1]\n[/message]`
  const alone = await answerTo(envelope(""), { resources: [file] })
  expect(alone).toBe(
    "I have kept `cat.png`, but I cannot look into files: that takes a language model.",
  )
  expect(await answerTo(envelope("(voice note)\n"), { resources: [file] })).toBe(alone)
  const asked = await answerTo(envelope("status\n"), { resources: [file] })
  expect(asked).toContain("`cat.png`")
  expect(asked).toContain("The gateway 1.2.3 is well")
})

test("somebody who may not know is told so, and where it is told", async () => {
  const message = "I tell that only in WebChat."
  const refusing = toolOf("health", async () => {
    throw new GatewayError("INVALID_REQUEST", message, { reason: "operator_only" })
  })
  expect(await answerTo("status", { tools: new Map([refusing]) })).toBe(message)
})
