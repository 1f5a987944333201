import { expect, test } from "vitest"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { createDrafts } from "./drafts.ts"
import { scopeStorage } from "./storage.ts"

function setUp() {
  const local = createMemoryStorage()
  const first = scopeStorage(local, "g1")
  first.write("draft:main", "for the first")
  return { first, second: scopeStorage(local, "g2"), drafts: createDrafts(first) }
}

test("a draft for one gateway is not shown to another", () => {
  const { first, second, drafts } = setUp()
  const draft = drafts.of("main")
  expect(draft.value).toBe("for the first")
  drafts.moveTo(second)
  expect(draft.value).toBe("")
  expect(second.read("draft:main")).toBeUndefined()
  expect(first.read("draft:main")).toBe("for the first")
})

test("what was typed before the gateway was known stays, and what was sent does not come back", () => {
  const { first, second, drafts } = setUp()
  drafts.write("main", "typed early")
  drafts.moveTo(second)
  expect(drafts.of("main").value).toBe("typed early")
  expect(second.read("draft:main")).toBe("typed early")
  drafts.write("main", "")
  drafts.moveTo(first)
  expect(drafts.of("main").value).toBe("")
})
