import { signal } from "@preact/signals"
import { expect, onTestFinished, test } from "vitest"
import type { ChatMessage, SessionRow } from "#protocol"
import { settle } from "../testing/manual-clock.ts"
import { message } from "../testing/samples.ts"
import { createReading } from "./sessions-reading.ts"

function setUp() {
  const rows = signal<Readonly<Record<string, number>>>({ main: 2, "web:a": 1 })
  const online = signal(true)
  const newest = signal<ChatMessage | undefined>(message("m1", 1))
  const current = signal({ sessionKey: "main", newest })
  const marked: string[] = []
  let succeeds = true
  const reading = createReading({
    current,
    connection: { online, offers: () => true },
    sessions: {
      find: (key) => ({ unread: rows.value[key] ?? 0 }) as SessionRow,
      async markRead(sessionKey, messageId) {
        marked.push(`${sessionKey} ${messageId}`)
        return succeeds
      },
    },
  })
  onTestFinished(() => reading.stop())
  const setSucceeds = (next: boolean) => {
    succeeds = next
  }
  return { reading, rows, online, newest, current, marked, setSucceeds }
}

test("[M9] what is before a person's eyes is marked as read, once, and is unread to nobody who looks at it", async () => {
  const { reading, rows, newest, current, marked } = setUp()
  expect([reading.unreadOf("main"), marked]).toEqual([2, []])
  reading.setAtEnd(true)
  expect(reading.unreadOf("main")).toBe(0)
  expect(reading.unreadOf("web:a")).toBe(1)
  expect(marked).toEqual(["main m1"])
  // The same again is no news.
  rows.value = { main: 2, "web:a": 2 }
  expect(marked).toEqual(["main m1"])
  newest.value = message("m2", 2)
  await settle()
  expect(marked).toEqual(["main m1", "main m2"])
  rows.value = { main: 0 }
  newest.value = message("m3", 3)
  expect(marked).toHaveLength(2)

  reading.setAtEnd(false)
  rows.value = { main: 4 }
  newest.value = message("m4", 4)
  expect([reading.unreadOf("main"), marked.length]).toEqual([4, 2])
  current.value = { sessionKey: "web:a", newest: signal(undefined) }
  reading.setAtEnd(true)
  expect(marked).toHaveLength(2)
})

test("[M9] what could not be marked is marked when the gateway answers again", async () => {
  const { reading, online, marked, setSucceeds } = setUp()
  setSucceeds(false)
  reading.setAtEnd(true)
  await settle()
  expect(marked).toEqual(["main m1"])
  online.value = false
  setSucceeds(true)
  online.value = true
  await settle()
  expect(marked).toEqual(["main m1", "main m1"])
  online.value = false
  online.value = true
  expect(marked).toHaveLength(2)
})
