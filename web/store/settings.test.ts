import { expect, test } from "vitest"
import { settle } from "../testing/manual-clock.ts"
import { createFakeBrowser } from "../testing/memory-outbox.ts"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { createSettings } from "./settings.ts"

test("what was chosen holds after a reload, and what is not a choice counts as nothing", () => {
  const storage = createMemoryStorage({ "clawdis:theme": "dark", "clawdis:tools": "loud" })
  const settings = createSettings(storage)
  expect(settings.of("theme").value).toBe("dark")
  expect(settings.of("tools").value).toBe("summary")
  settings.choose("enter", "newline")
  expect(settings.of("enter").value).toBe("newline")
  expect(createSettings(storage).of("enter").value).toBe("newline")
})

test("what is chosen in one tab holds in all, and what another version of the page says is looked at", async () => {
  const browser = createFakeBrowser()
  const storage = createMemoryStorage()
  const [one, two] = [browser.openTabs(), browser.openTabs()].map((tabs) =>
    createSettings(storage, tabs),
  )
  one?.choose("theme", "dark")
  await settle()
  expect(two?.of("theme").value).toBe("dark")
  const other = browser.openTabs().join("clawdis:settings", () => undefined)
  for (const wrong of [null, "dark", { name: "theme", choice: "pink" }, { name: "constructor" }]) {
    other.tell(wrong)
  }
  await settle()
  expect([one, two].map((tab) => tab?.of("theme").value)).toEqual(["dark", "dark"])
})

test("the time zone is the device's, until one is chosen that this browser knows", async () => {
  const zoneOf = (kept: string) =>
    createSettings(createMemoryStorage({ "clawdis:timeZone": kept })).of("timeZone").value
  expect(["Asia/Tokyo", "UTC"].map(zoneOf)).toEqual(["Asia/Tokyo", "UTC"])
  expect(["", "Europe/Atlantis", "undefined"].map(zoneOf)).toEqual(["device", "device", "device"])
  const browser = createFakeBrowser()
  const zone = createSettings(createMemoryStorage(), browser.openTabs()).of("timeZone")
  const other = browser.openTabs().join("clawdis:settings", () => undefined)
  other.tell({ name: "timeZone", choice: "Asia/Tokyo" })
  for (const wrong of ["Europe/Atlantis", undefined])
    other.tell({ name: "timeZone", choice: wrong })
  await settle()
  expect(zone.value).toBe("Asia/Tokyo")
})
