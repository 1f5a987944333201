import { expect, test } from "vitest"
import { createMemoryDraftFiles } from "../testing/memory-draft-files.ts"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { forgetGateway } from "./forget.ts"
import type { OutboxEntry } from "./outbox-entry.ts"

test("all that belongs to one gateway goes, and nothing else", async () => {
  const local = createMemoryStorage({
    "clawdis:g1:token": "secret",
    "clawdis:g1:draft:main": "half a sentence",
    "clawdis:g2:token": "of another",
    "clawdis:theme": "dark",
    foreign: "x",
  })
  const session = createMemoryStorage({
    "clawdis:g1:token": "secret",
    "clawdis:g1:session": "main",
  })
  const removed: unknown[] = []
  const draftFiles = createMemoryDraftFiles()
  const file = { name: "a.txt", mimeType: "text/plain", bytes: 3, data: "AAAA" }
  for (const id of ["g1", "g10"]) {
    await draftFiles.put(id, { sessionKey: "main", id: "f", addedAt: 1, file })
  }
  const entry: OutboxEntry = {
    key: "k",
    sessionKey: "main",
    text: "unsent",
    createdAt: 0,
    state: { at: "queued" },
  }
  await forgetGateway("g1", {
    local,
    session,
    draftFiles,
    lastViews: { remove: async (...keys) => void removed.push(keys) },
    outboxStorage: {
      load: async (id) => (id === "g1" ? [entry] : []),
      put: async () => true,
      remove: async (...values) => void removed.push(values),
    },
  })
  expect(local.keys()).toEqual(["clawdis:g2:token", "clawdis:theme", "foreign"])
  expect(session.keys()).toEqual([])
  expect(draftFiles.kept).toEqual(["g10 main a.txt"])
  expect(removed).toEqual([["g1"], ["g1", [entry]]])
})
