import { expect, test } from "vitest"
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
