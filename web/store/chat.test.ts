import { signal } from "@preact/signals"
import { expect, test } from "vitest"
import { type AttachmentPart, type ChatMessage, GatewayError } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { message } from "../testing/samples.ts"
import { createChat } from "./chat.ts"
import type { Draft, Outbox, OutboxEntry } from "./outbox.ts"

const FILE: AttachmentPart = {
  type: "attachment",
  mediaId: "m",
  name: "cat.png",
  mimeType: "image/png",
  bytes: 1,
  state: "ok",
}

function setUp({ toDate = (ts: number) => new Date(ts).toDateString() } = {}) {
  const drafts: Draft[] = []
  const told: string[] = []
  const gateway = createFakeRequests()
  const outbox: Partial<Outbox> = {
    arrived: (keys) => void told.push(...keys.map((key) => `arrived ${key}`)),
    missing: (key) => void told.push(`missing ${key}`),
    entries: signal([]),
    async add(draft) {
      drafts.push(draft)
      return true
    },
  }
  const chat = createChat({
    sessionKey: "main",
    gateway: gateway.requests,
    clock: createManualClock(),
    outbox: outbox as Outbox,
    toGatewayTime: (ts) => ts,
    toDate,
    onBehind: () => undefined,
  })
  return { chat, drafts, gateway, told }
}

test("[M6] a question is asked again with its files, also one of files alone", async () => {
  const { chat, drafts } = setUp()
  const answer = message("a", 2, { role: "assistant", runId: "r" })
  await chat.retry(message("look", 1), answer)
  await chat.retry(message("q", 1, { parts: [{ type: "text", text: "look" }, FILE] }), answer)
  await chat.retry(message("q", 1, { parts: [FILE] }), answer)
  expect(drafts).toEqual([
    // The gateway need not know the run any more.
    { sessionKey: "main", text: "look" },
    { sessionKey: "main", text: "look", retryOf: "r" },
    { sessionKey: "main", text: "", retryOf: "r" },
  ])
})

test("[M6] a question of nothing, or whose files have expired, is not asked again", async () => {
  const { chat, drafts } = setUp()
  const answer = message("a", 2, { role: "assistant", runId: "r" })
  expect(await chat.retry(message("q", 1, { parts: [] }), answer)).toBe(false)
  const parts = [
    { type: "text", text: "look" },
    { ...FILE, state: "expired" },
  ] as const
  expect(await chat.retry(message("q", 1, { parts: [...parts] }), answer)).toBe(false)
  expect(drafts).toEqual([])
})

const DAY_MS = 24 * 60 * 60 * 1_000

const SENT_LONG_AGO: OutboxEntry = {
  key: "k",
  sessionKey: "main",
  text: "hello?",
  createdAt: 10 * DAY_MS,
  state: { at: "uncertain", missing: false },
}

const pageOf = (...messages: ChatMessage[]) => ({ sessionKey: "main", sessionId: "s", messages })

test("[I1] whether an old message came is looked up page by page, and what is found has arrived", async () => {
  const { chat, gateway, told } = setUp()
  const checked = chat.check(SENT_LONG_AGO)
  const first = { ...pageOf(message("c", 12 * DAY_MS)), cursor: "2" }
  expect(await gateway.answer("chat.history", first)).toEqual({ sessionKey: "main" })
  expect(told).toEqual([])
  const found = { ...pageOf(message("b", 11 * DAY_MS, { idempotencyKey: "k" })), cursor: "1" }
  const asked = await gateway.answer("chat.history", found)
  expect(asked).toEqual({ sessionKey: "main", before: "2" })
  await checked
  expect(gateway.waiting).toEqual([])
  expect(told).toEqual(["arrived k"])
  // What is on the screen is not touched: it may be of another time.
  expect(chat.loaded.value).toBe(false)
})

test("[I1] an old message is missing once the conversation was looked through to its beginning, or to well before it was written", async () => {
  const { chat, gateway, told } = setUp()
  const whole = chat.check(SENT_LONG_AGO)
  await gateway.answer("chat.history", pageOf(message("a", 12 * DAY_MS)))
  await whole
  expect(told).toEqual(["missing k"])
  const farBack = chat.check({ ...SENT_LONG_AGO, key: "l" })
  // The clocks of browser and gateway may differ.
  const near = { ...pageOf(message("b", 10 * DAY_MS - 1_000)), cursor: "2" }
  await gateway.answer("chat.history", near)
  expect(told).toEqual(["missing k"])
  await gateway.answer("chat.history", { ...pageOf(message("a", 8 * DAY_MS)), cursor: "1" })
  await farBack
  expect(gateway.waiting).toEqual([])
  expect(told).toEqual(["missing k", "missing l"])
})

test("[I1] a question that failed, or that would never end, leaves an old message uncertain", async () => {
  const { chat, gateway, told } = setUp()
  const failed = chat.check(SENT_LONG_AGO)
  await gateway.refuse("chat.history", new GatewayError("UNAVAILABLE", "Lost."))
  await failed
  const endless = chat.check(SENT_LONG_AGO)
  for (let n = 0; gateway.waiting.length > 0 && n < 1_000; n += 1) {
    await gateway.answer("chat.history", { ...pageOf(message("z", 99 * DAY_MS)), cursor: `${n}` })
  }
  await endless
  expect(gateway.waiting).toEqual([])
  expect(told).toEqual([])
})

test("the days of a conversation are counted anew when the reader's calendar is another one", async () => {
  const aheadMs = signal(0)
  const { chat, gateway } = setUp({
    toDate: (ts) => new Date(ts + aheadMs.value).toISOString().slice(0, 10),
  })
  const refreshed = chat.refresh()
  const messages = [message("before", DAY_MS / 2), message("after", DAY_MS - 1)]
  await gateway.answer("chat.history", { sessionKey: "main", sessionId: "s", messages })
  await refreshed
  const days = () => chat.rows.value.filter(({ kind }) => kind === "day")
  expect(days()).toHaveLength(1)
  aheadMs.value = 1
  expect(days()).toHaveLength(2)
})
