import { signal } from "@preact/signals"
import { expect, test } from "vitest"
import type { ChatMessage } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import { message } from "../testing/samples.ts"
import type { Row } from "./arrange.ts"
import type { Chat } from "./chat.ts"
import { keepLastViews } from "./keep-last-views.ts"
import { isLastView, type LastView } from "./last-views.ts"
import type { Page } from "./page.ts"

function toRows(messages: readonly ChatMessage[]): readonly Row[] {
  return messages.map((one) => ({
    kind: "message",
    key: one.id,
    message: one,
    question: undefined,
  }))
}

function setUp() {
  const clock = createManualClock()
  const rows = signal<readonly Row[]>([])
  const loaded = signal(false)
  const online = signal(true)
  const chat = { sessionKey: "main", rows, loaded } as Partial<Chat> as Chat
  const current = signal(chat)
  const open = new Map([["main", chat]])
  const views: LastView[] = []
  const page = {
    get chat() {
      return current.value
    },
    chats: { current, of: (key: string) => open.get(key) },
    connection: { online },
    keepLastView: (view: LastView) => void views.push(view),
  } as unknown as Page
  let hide: () => void = () => undefined
  keepLastViews({
    page,
    clock,
    onHide: (action) => {
      hide = action
    },
  })
  const say = (...messages: ChatMessage[]) => {
    rows.value = [...rows.peek(), ...toRows(messages)]
  }
  return { clock, hide: () => hide(), loaded, online, open, say, views }
}

test("[WC21] what is on the screen is kept a moment after it changed, once for many changes", async () => {
  const { clock, loaded, say, views } = setUp()
  say(message("a", 1))
  await clock.advance(10_000)
  expect(views).toEqual([])
  loaded.value = true
  const change = clock.now()
  for (let count = 0; count < 60; count += 1) say(message(`m${count}`, count))
  await clock.advance(10_000)
  expect(views).toHaveLength(1)
  expect(views[0]).toMatchObject({ sessionKey: "main", at: change + 3_000 })
  expect(views[0]?.messages.map(({ id }) => id)).toEqual(
    Array.from({ length: 50 }, (_, index) => `m${index + 10}`),
  )
  expect(isLastView(structuredClone(views[0]))).toBe(true)
})

test("[WC21] of long messages as many of the newest are kept as there is room for, and no tool's output", async () => {
  const { clock, loaded, say, views } = setUp()
  loaded.value = true
  const long = (id: string, length: number) =>
    message(id, 1, { parts: [{ type: "text", text: "x".repeat(length) }] })
  const tool = { type: "tool", callId: "c", name: "t", startedAt: 1, output: "out" } as const
  say(long("a", 10), long("b", 200_000), message("c", 2, { parts: [tool] }), long("d", 60_000))
  await clock.advance(3_000)
  expect(views[0]?.messages.map(({ id }) => id)).toEqual(["c", "d"])
  expect(views[0]?.messages[0]?.parts).toEqual([])
})

test("[WC21] a page that is left keeps what it shows, as of now only while it is connected", async () => {
  const { clock, hide, loaded, online, say, views } = setUp()
  loaded.value = true
  say(message("a", 1))
  hide()
  expect(views).toMatchObject([{ at: clock.now(), messages: [{ id: "a" }] }])
  await clock.advance(60_000)
  hide()
  expect(views).toMatchObject([{}, { at: clock.now() }])
  online.value = false
  await clock.advance(60_000)
  hide()
  expect(views).toHaveLength(2)
})

test("[WC21] a conversation that is gone, or begun anew, is kept no more", async () => {
  const { clock, loaded, open, say, views } = setUp()
  loaded.value = true
  say(message("a", 1))
  open.clear()
  await clock.advance(10_000)
  expect(views).toEqual([])
})

test("what another version of the page may have kept is looked at before it is shown", () => {
  const view = { sessionKey: "main", at: 1, messages: [message("a", 1)] }
  expect(isLastView(view)).toBe(true)
  const others = [undefined, null, {}, { ...view, at: "1" }, { ...view, messages: [{ id: "a" }] }]
  expect(others.filter(isLastView)).toEqual([])
})
