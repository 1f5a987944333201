import { computed, type Signal, signal } from "@preact/signals"
import { beforeEach, expect, onTestFinished, test, vi } from "vitest"
import type { ChatMessage } from "#protocol"
import { type Announced, announce } from "./announce.ts"
import type { Row } from "./store/arrange.ts"
import type { ConnectionState } from "./store/connection.ts"
import type { Reply } from "./store/page.ts"
import { createSettings } from "./store/settings.ts"
import { settle } from "./testing/manual-clock.ts"
import { createMemoryStorage } from "./testing/memory-storage.ts"
import { helloOk, message } from "./testing/samples.ts"
import { loadMarkdown } from "./ui/rich-text.tsx"

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal("location", { host: "mini.local" })
  onTestFinished(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
})

const READY: ConnectionState = { at: "ready", helloOk }
const OFFLINE: ConnectionState = { at: "offline", since: 0, retryAt: undefined }

function setUp(storage: Record<string, string> = {}) {
  const state = signal<ConnectionState>({ at: "booting" })
  const reply = signal<Reply | undefined>(undefined)
  const chat = createChat("main")
  const current = signal(chat)
  const unkept = signal(false)
  // Only what is listened to.
  const page = {
    connection: { state, online: computed(() => state.value.at === "ready"), offers: () => false },
    chats: { current },
    health: { snapshot: signal(undefined) },
    outbox: { unkept },
    settings: createSettings(createMemoryStorage(storage)),
    reply,
  } as unknown as Announced
  const said: string[] = []
  const stop = announce(page, {
    status: (line) => void said.push(`status: ${line}`),
    log: (line) => void said.push(`log: ${line}`),
  })
  onTestFinished(stop)

  return {
    chat,
    current,
    page,
    unkept,
    said,
    async become(next: ConnectionState, forMs = 0) {
      state.value = next
      await vi.advanceTimersByTimeAsync(forMs)
    },
    /** The message comes by an event: into the conversation first, then as news. */
    hear(answer: ChatMessage, sessionKey = "main") {
      if (sessionKey === "main") chat.rows.value = toRows(answer)
      reply.value = { sessionKey, message: answer }
    },
  }
}

function createChat(sessionKey: string) {
  return {
    sessionKey,
    liveRun: signal(undefined) as Signal<{ runId: string; parts: unknown[] } | undefined>,
    waiting: signal([]),
    rows: signal<readonly Row[]>([]),
  }
}

/** The part that turns Markdown into words has come. */
async function worded(): Promise<void> {
  await loadMarkdown()
  await settle()
}

const toRows = (answer: ChatMessage) =>
  [{ kind: "message", key: answer.id, message: answer }] as unknown as readonly Row[]

const answer = (id: string, text: string) =>
  message(id, 1, { role: "assistant", runId: "r", parts: [{ type: "text", text }] })

test("an answer is said once, as words, whichever way it comes", async () => {
  const { chat, hear, said } = setUp()
  chat.liveRun.value = { runId: "r", parts: [] }
  chat.liveRun.value = { runId: "r", parts: [{ type: "text", text: "**It" }] }
  chat.liveRun.value = undefined
  hear(answer("a", "**It** works. [Here](https://example.com)."))
  chat.rows.value = [...chat.rows.value]
  await worded()
  expect(said).toEqual(["status: Replying", "log: It works. Here (https://example.com)."])
})

test("an answer whose end was missed is said when it has been fetched", async () => {
  const { chat, said } = setUp()
  chat.liveRun.value = { runId: "r", parts: [] }
  chat.liveRun.value = undefined
  chat.rows.value = toRows(answer("a", "It works."))
  await worded()
  expect(said).toEqual(["log: It works."])
})

test("what was answered in another conversation is not said, here or when it is opened", async () => {
  const { current, hear, said } = setUp()
  hear(answer("a", "Elsewhere."), "web:1")
  const other = createChat("web:1")
  other.rows.value = toRows(answer("a", "Elsewhere."))
  current.value = other
  await worded()
  expect(said).toEqual([])
})

test("of an answer as much is said as was chosen", async () => {
  const { hear, page, said } = setUp({ "clawdis:announce": "first" })
  hear(answer("a", "It works. And more."))
  page.settings.choose("announce", "off")
  hear(answer("b", "Not a word."))
  page.settings.choose("announce", "whole")
  hear(answer("c", "It works. And more."))
  await worded()
  expect(said).toEqual(["log: It works.", "log: It works. And more."])
})

test("a long run is said to go on every half minute, but not in an outage nor when it is over", async () => {
  const { become, chat, said } = setUp()
  await become(READY)
  chat.liveRun.value = { runId: "r", parts: [] }
  await vi.advanceTimersByTimeAsync(61_000)
  await become(OFFLINE, 61_000)
  await become(READY)
  chat.liveRun.value = undefined
  await vi.advanceTimersByTimeAsync(61_000)
  expect(said).toEqual([
    "status: Still working",
    "status: Still working",
    "status: The connection to the gateway is lost. Reconnecting.",
    "status: Connected",
  ])
})

test("an outage is said once, and its end", async () => {
  const { become, said } = setUp()
  await become(READY)
  await become(OFFLINE, 20_000)
  await become({ ...OFFLINE, retryAt: 5 }, 20_000)
  await become({ at: "refreshing", helloOk, since: Date.now() }, 5_000)
  await become(READY, 5_000)
  expect(said).toEqual([
    "status: The connection to the gateway is lost. Reconnecting.",
    "status: Connected",
  ])
})

test("nothing is said of a hitch, nor of a connection that comes at once", async () => {
  const { become, said } = setUp()
  await become({ at: "connecting", since: 0 }, 1_000)
  await become({ at: "refreshing", helloOk, since: Date.now() }, 500)
  await become(READY, 10_000)
  await become(OFFLINE, 1_000)
  await become(READY, 10_000)
  expect(said).toEqual([])
})

test("a slow start, a slow refresh and a page that does not fit are said", async () => {
  const { become, said } = setUp()
  await become({ at: "connecting", since: 0 }, 2_000)
  await become({ at: "refreshing", helloOk, since: Date.now() }, 1_500)
  await become(READY)
  await become({ at: "incompatible", reason: "", expected: 99 })
  expect(said).toEqual([
    "status: Connecting to mini.local…",
    "status: Caught up",
    "status: This page is older than the gateway",
  ])
})

test("a browser that keeps nothing is told of once", () => {
  const { said, unkept } = setUp()
  unkept.value = true
  expect(said.filter((line) => line.includes("keeps nothing"))).toHaveLength(1)
})
