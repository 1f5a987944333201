import { signal } from "@preact/signals"
import { expect, test } from "vitest"
import type { AttachmentPart } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { message } from "../testing/samples.ts"
import { createChat } from "./chat.ts"
import type { Draft, Outbox } from "./outbox.ts"

const FILE: AttachmentPart = {
  type: "attachment",
  mediaId: "m",
  name: "cat.png",
  mimeType: "image/png",
  bytes: 1,
  state: "ok",
}

function setUp() {
  const drafts: Draft[] = []
  const outbox: Partial<Outbox> = {
    entries: signal([]),
    async add(draft) {
      drafts.push(draft)
      return true
    },
  }
  const chat = createChat({
    sessionKey: "main",
    gateway: createFakeRequests().requests,
    clock: createManualClock(),
    outbox: outbox as Outbox,
    toGatewayTime: (ts) => ts,
    onBehind: () => undefined,
  })
  return { chat, drafts }
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
