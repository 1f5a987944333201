import { signal } from "@preact/signals"
import { expect, test } from "vitest"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import type { Chat } from "./chat.ts"
import { createChats } from "./chats.ts"

function setUp() {
  const refreshed: string[] = []
  let isOnline = true
  let keys = 0
  const chats = createChats({
    createChat: (sessionKey) => {
      const loaded = signal(false)
      const chat: Partial<Chat> = {
        sessionKey,
        loaded,
        missed: () => undefined,
        async refresh() {
          refreshed.push(sessionKey)
          if (!isOnline) throw new Error("offline")
          loaded.value = true
        },
        forget() {
          refreshed.push(`forgot ${sessionKey}`)
          loaded.value = false
        },
      }
      return chat as Chat
    },
    createKey: () => {
      keys += 1
      return `key${keys}`
    },
    isOnline: () => isOnline,
  })
  const open = () => chats.current.value.sessionKey
  const setOnline = (next: boolean) => {
    isOnline = next
  }
  return { chats, refreshed, open, setOnline }
}

test("a conversation is fetched when it is first opened, and again only after something was missed", async () => {
  const { chats, refreshed, open } = setUp()
  expect(open()).toBe("main")
  await chats.open("telegram:1")
  expect(open()).toBe("telegram:1")
  await chats.open("main")
  await chats.open("telegram:1")
  expect(refreshed).toEqual(["telegram:1", "main"])
  chats.missed()
  await chats.open("main")
  await chats.open("telegram:1")
  expect(refreshed).toEqual(["telegram:1", "main", "main"])
})

test("what could not be fetched is fetched when it is opened again", async () => {
  const { chats, refreshed, setOnline } = setUp()
  setOnline(false)
  await chats.open("web:a")
  expect(refreshed).toEqual([])
  setOnline(true)
  await chats.open("web:a")
  expect(refreshed).toEqual(["web:a"])
})

test("[M9] a conversation that is deleted leaves the screen to the main one", async () => {
  const { chats, open } = setUp()
  await chats.begin()
  expect(open()).toBe("web:key1")
  await chats.drop({ sessionKey: "web:key1", row: undefined }, { isOwnWish: true })
  expect(open()).toBe("main")
  expect(chats.of("web:key1")).toBeUndefined()
  expect(chats.gone.value).toBeUndefined()
})

test("[M9] that somebody else deleted the conversation on the screen is told until another one is opened", async () => {
  const { chats, open, refreshed } = setUp()
  await chats.open("web:a")
  await chats.open("telegram:1")
  await chats.drop({ sessionKey: "web:a", row: undefined }, { isOwnWish: false })
  expect(chats.gone.value).toBeUndefined()
  await chats.drop({ sessionKey: "telegram:1", row: undefined }, { isOwnWish: false })
  expect(open()).toBe("main")
  expect(chats.gone.value?.sessionKey).toBe("telegram:1")
  await chats.open("web:b")
  expect(chats.gone.value).toBeUndefined()

  await chats.open("main")
  refreshed.length = 0
  await chats.drop({ sessionKey: "main", row: undefined }, { isOwnWish: false })
  expect(open()).toBe("main")
  expect(refreshed).toEqual(["forgot main", "main"])
})

test("after a reload the same conversation is open", async () => {
  const storage = createMemoryStorage()
  const first = setUp()
  first.chats.moveTo(storage)
  await first.chats.open("telegram:1")
  const second = setUp()
  second.chats.moveTo(storage)
  expect(second.open()).toBe("telegram:1")
})

test("conversations that were not opened for long are let go, never the one on the screen", async () => {
  const { chats, open } = setUp()
  for (let n = 1; n <= 20; n += 1) await chats.open(`web:${n}`)
  expect(chats.all()).toHaveLength(8)
  expect(open()).toBe("web:20")
  expect(chats.of("web:20")).toBe(chats.current.value)
})

test("[M9] a conversation that was begun anew is fetched at once if it is on the screen, else when it is opened", async () => {
  const { chats, refreshed } = setUp()
  await chats.open("web:a")
  await chats.open("main")
  refreshed.length = 0
  await chats.renewed("main")
  await chats.renewed("web:a")
  await chats.renewed("web:never-opened")
  expect(refreshed).toEqual(["forgot main", "main", "forgot web:a"])
  await chats.open("web:a")
  expect(refreshed.slice(3)).toEqual(["web:a"])
})
