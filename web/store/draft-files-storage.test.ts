import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createDatabase } from "./database.ts"
import { createDraftFilesStorage, isDraftFile } from "./draft-files-storage.ts"

// The database itself is the browser's, and is tested in one. Here: one that does not open.

const file = { name: "a.txt", mimeType: "text/plain", bytes: 3, data: "AAAA" }
const row = { sessionKey: "main", id: "f", addedAt: 1, file }

test("[WC19] a browser without any database keeps no file, and says so", async () => {
  const forbidden = () => {
    throw new Error("denied")
  }
  const database = createDatabase({ open: forbidden, clock: createManualClock() })
  const storage = createDraftFilesStorage(database)
  expect(await storage.put("g", row)).toBe(false)
  expect(await storage.load("g", "main")).toEqual([])
  await storage.remove("g", "main", ["f"])
  await storage.removeAll("g")
})

test("what another version of the page may have kept is looked at before it is shown", () => {
  expect(isDraftFile(row)).toBe(true)
  const { data: _, ...withoutData } = file
  expect([undefined, null, {}, { ...row, file: withoutData }].filter(isDraftFile)).toEqual([])
})
