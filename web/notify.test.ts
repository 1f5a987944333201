import { signal } from "@preact/signals"
import { expect, onTestFinished, test } from "vitest"
import type { ChatMessage } from "#protocol"
import { type DesktopNote, type NotifyingPage, notifyOfReplies } from "./notify.ts"
import type { Reply } from "./store/page.ts"
import { createSettings } from "./store/settings.ts"
import { settle } from "./testing/manual-clock.ts"
import { createMemoryStorage } from "./testing/memory-storage.ts"
import { message } from "./testing/samples.ts"
import { loadMarkdown } from "./ui/rich-text.tsx"

function setUp({ isHidden = true, setting = "on" } = {}) {
  const reply = signal<Reply | undefined>(undefined)
  const notes: DesktopNote[] = []
  const opened: string[] = []
  // Only what is listened to.
  const page = {
    reply,
    sessions: { find: () => ({ title: "The garden" }) },
    settings: createSettings(createMemoryStorage({ "clawdis:notify": setting })),
  } as unknown as NotifyingPage
  onTestFinished(
    notifyOfReplies(page, {
      isHidden: () => isHidden,
      show: (note) => void notes.push(note),
      open: (key) => void opened.push(key),
    }),
  )
  const hear = async (text: string, more: Partial<ChatMessage> = {}) => {
    const parts = [{ type: "text" as const, text }]
    const answer = message("a", 1, { role: "assistant", parts, ...more })
    reply.value = { sessionKey: "web:1", message: answer }
    await loadMarkdown()
    await settle()
  }
  return { hear, notes, opened }
}

test("an answer in a hidden page is told by its first sentence, and opens its conversation", async () => {
  const { hear, notes, opened } = setUp()
  await hear("**Roses** need sun. And water.")
  expect(notes).toMatchObject([{ id: "a", title: "The garden", body: "Roses need sun." }])
  notes[0]?.onOpen()
  expect(opened).toEqual(["web:1"])
})

test("an answer without words is told by how it ended, and a long one is cut", async () => {
  const { hear, notes } = setUp()
  await hear("")
  await hear("", { status: "error" })
  await hear("x".repeat(1000))
  expect(notes.map(({ body }) => body)).toEqual([
    "The answer is there.",
    "There was no answer.",
    `${"x".repeat(140)}…`,
  ])
})

test.for([{ isHidden: false }, { setting: "off" }])("with %o nothing is told", async (options) => {
  const { hear, notes } = setUp(options)
  await hear("Roses need sun.")
  expect(notes).toEqual([])
})
