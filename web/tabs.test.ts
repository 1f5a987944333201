import { expect, test } from "vitest"
import { type Channel, createTabs } from "./tabs.ts"

function setUp() {
  const sent: unknown[] = []
  let isOpen = true
  const channel: Channel = {
    onmessage: null,
    postMessage(message) {
      if (!isOpen) throw new DOMException("Channel is closed", "InvalidStateError")
      sent.push(message)
    },
    close() {
      isOpen = false
    },
  }
  return { channel, sent, tabs: createTabs({ openChannel: () => channel, locks: undefined }) }
}

test("[WC5] a tab hears the others, and tells them nothing once it has left", () => {
  const { channel, sent, tabs } = setUp()
  const heard: unknown[] = []
  const group = tabs.join("g", (message) => heard.push(message))
  group.tell("here")
  channel.onmessage?.({ data: "there" } as MessageEvent)
  group.leave()
  group.tell("too late")
  expect([sent, heard]).toEqual([["here"], ["there"]])
})

test("[WC5] without channels or locks each tab leads itself, unless it gave that up", async () => {
  const alone = createTabs({
    openChannel: () => {
      throw new Error("forbidden")
    },
    locks: undefined,
  })
  const group = alone.join("g", () => undefined)
  expect(group.choosesOne).toBe(false)
  const led: string[] = []
  group.lead(() => led.push("first"))
  group.lead(() => led.push("second"))()
  await Promise.resolve()
  expect(led).toEqual(["first"])
})
