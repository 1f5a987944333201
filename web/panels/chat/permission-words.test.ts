import { expect, test } from "vitest"
import type { Outcome } from "../../store/questions.ts"
import { permissionRequest } from "../../testing/samples.ts"
import { later } from "../../text/later.ts"
import { wasAllowed, wordsOf } from "./permission-words.ts"

const request = permissionRequest("q")

test("[M12] how a question ended says what was decided and by whom", () => {
  const words = (outcome: Outcome, own = false) => wordsOf({ outcome, own }, request)
  expect(words({ optionId: "yes", by: "client" }, true)).toBe("Allowed by you")
  expect(words({ optionId: "no", by: "client" }, true)).toBe("Refused by you")
  expect(words({ optionId: "yes", by: "client" })).toBe("Allowed from another window or client")
  expect(words({ optionId: "no", by: "timeout" })).toBe("Refused: nobody answered in time")
  expect(words({ by: "timeout" })).toBe("Refused: nobody answered in time")
  expect(words({ by: "abort" })).toBe("Refused: the run was stopped")
  expect(words("elsewhere")).toBe("Answered already")
})

test("[M12] only an option that allows has allowed it", () => {
  const allowed = (outcome: Outcome) => wasAllowed({ outcome, own: false }, request)
  expect(allowed({ optionId: "yes", by: "client" })).toBe(true)
  for (const outcome of [{ optionId: "no", by: "client" }, { by: "client" }, "elsewhere"] as const)
    expect(allowed(outcome)).toBe(false)
})

test("the time that is left is told in words that change seldom", () => {
  const { left } = later.permission
  expect(left(300_000)).toBe(left(275_000))
  expect(left(120_000)).toBe("About 2 minutes left. Then it is refused.")
  expect(left(60_000)).toBe("60 seconds left. Then it is refused.")
  expect(left(51_000)).toBe(left(60_000))
  expect(left(9_000)).toBe(left(1))
  expect(left(0)).toBe("The time is up.")
})
