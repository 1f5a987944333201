import { expect, test } from "vitest"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { createStorage, scopeStorage } from "./storage.ts"

test("a browser that forbids its storage breaks nothing", () => {
  const storage = createStorage(() => {
    throw new Error("denied")
  })
  expect(storage.write("a", "b")).toBe(false)
  expect(storage.read("a")).toBeUndefined()
})

test("what one gateway's scope keeps is not seen in another's", () => {
  const storage = createMemoryStorage()
  scopeStorage(storage, "a").write("token", "sesame")
  expect(scopeStorage(storage, "b").read("token")).toBeUndefined()
})
