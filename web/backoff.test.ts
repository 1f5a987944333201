import fc from "fast-check"
import { expect, test } from "vitest"
import { backoffMs } from "./backoff.ts"

test("a wait is from half a second to two seconds while the page is visible, to fifteen while hidden", () => {
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.boolean(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (...given) => {
        const [failures, visible, chance] = given
        const wait = backoffMs({ failures, visible, random: () => chance })
        expect(wait).toBeGreaterThanOrEqual(500)
        expect(wait).toBeLessThanOrEqual(visible ? 2_000 : 15_000)
      },
    ),
  )
})

test("the reach of the wait doubles with each failure", () => {
  const longest = (failures: number) => backoffMs({ failures, visible: false, random: () => 1 })
  expect([1, 2, 3, 9].map(longest)).toEqual([1_000, 2_000, 4_000, 15_000])
})
