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

test("[SD7] fifty pages whose gateway restarts come back within five seconds, and not all at once", () => {
  let seed = 1
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  // The gateway is away for two seconds, so the first tries fail.
  const back = Array.from({ length: 50 }, () => {
    let at = 0
    for (let failures = 1; at < 2_000; failures += 1) {
      at += backoffMs({ failures, visible: true, random })
    }
    return at
  })
  expect(Math.max(...back)).toBeLessThan(5_000)
  const busiest = back.map((at) => back.filter((other) => other >= at && other < at + 250).length)
  expect(Math.max(...busiest)).toBeLessThan(25)
})
