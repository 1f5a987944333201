import { expect, test } from "vitest"
import { settle } from "../testing/manual-clock.ts"
import { createFakeBrowser } from "../testing/memory-outbox.ts"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { createDrafts } from "./drafts.ts"
import { scopeStorage } from "./storage.ts"

function setUp() {
  const local = createMemoryStorage()
  const browser = createFakeBrowser()
  const homeOf = (gatewayId: string) => ({ gatewayId, storage: scopeStorage(local, gatewayId) })
  let keys = 0
  const createKey = () => {
    keys += 1
    return `k${keys}`
  }
  const openTab = (gatewayId = "g1") =>
    createDrafts({ tabs: browser.openTabs(), createKey }, homeOf(gatewayId))
  const first = homeOf("g1")
  first.storage.write("draft:main", "for the first")
  return { first, second: homeOf("g2"), openTab }
}

test("a draft for one gateway is not shown to another", () => {
  const { first, second, openTab } = setUp()
  const drafts = openTab()
  const draft = drafts.of("main")
  expect(draft.value).toBe("for the first")
  drafts.moveTo(second)
  expect(draft.value).toBe("")
  expect(second.storage.read("draft:main")).toBeUndefined()
  expect(first.storage.read("draft:main")).toBe("for the first")
})

test("what was typed before the gateway was known stays, and what was sent does not come back", () => {
  const { first, second, openTab } = setUp()
  const drafts = openTab()
  drafts.write("main", "typed early")
  drafts.moveTo(second)
  expect(drafts.of("main").value).toBe("typed early")
  expect(second.storage.read("draft:main")).toBe("typed early")
  // It was for whoever answers, and is not left behind with the one who did not.
  expect(first.storage.keys()).toEqual([])
  drafts.write("main", "")
  drafts.moveTo(first)
  expect(drafts.of("main").value).toBe("")
})

test("[WC5] all tabs of a browser show one draft, as it was typed last, under one key", async () => {
  const { openTab } = setUp()
  const [one, two] = [openTab(), openTab()]
  const shown = [one.of("main"), two.of("main")]
  one.write("main", "from the first tab")
  await settle()
  expect(two.of("main").value).toBe("from the first tab")
  two.write("main", "from the first tab, and the second")
  await settle()
  expect(shown.map(({ value }) => value)).toEqual([
    "from the first tab, and the second",
    "from the first tab, and the second",
  ])
  expect(one.keyOf("main")).toBe(two.keyOf("main"))
  expect(openTab("g2").of("main").value).toBe("")
})

test("a draft that was sent leaves every tab, and what was typed behind it stays", async () => {
  const { openTab } = setUp()
  const [one, two] = [openTab(), openTab()]
  one.write("main", "hello")
  await settle()
  const key = one.keyOf("main")
  one.write("main", "hello, world")
  one.taken([{ key, text: "hello" }])
  await settle()
  expect(one.of("main").value).toBe(", world")
  expect(two.of("main").value).toBe(", world")
  expect(one.keyOf("main")).not.toBe(key)
  two.taken([{ key: two.keyOf("main"), text: ", world" }])
  await settle()
  expect(one.of("main").value).toBe("")
})

test("what is typed while the outbox takes the draft is another message", () => {
  const { openTab } = setUp()
  const drafts = openTab()
  drafts.write("main", "one")
  const key = drafts.keyOf("main")
  expect(drafts.keyOf("main")).toBe(key)
  drafts.write("main", "two")
  const next = drafts.keyOf("main")
  expect(next).not.toBe(key)
  drafts.taken([{ key, text: "one" }])
  expect(drafts.of("main").value).toBe("two")
  expect(drafts.keyOf("main")).toBe(next)
  drafts.taken([{ key: next, text: "two" }])
  expect(drafts.of("main").value).toBe("")
})

test("[WC14] a draft that was sent just before a reload is not there after it", () => {
  const { openTab } = setUp()
  const before = openTab()
  before.write("main", "hello")
  const key = before.keyOf("main")
  const after = openTab()
  expect(after.of("main").value).toBe("hello")
  after.taken([{ key: "another" }])
  expect(after.of("main").value).toBe("hello")
  after.taken([{ key }])
  expect(after.of("main").value).toBe("")
})
