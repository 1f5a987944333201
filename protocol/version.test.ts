import fc from "fast-check"
import { expect, test } from "vitest"
import { chooseVersion, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "./version.ts"

test("[H4, HS11] a range around ours gives our newest version", () => {
  expect(chooseVersion(1, 99)).toBe(PROTOCOL_VERSION)
})

test("[H4, HS10] ranges that do not meet give none", () => {
  expect(chooseVersion(PROTOCOL_VERSION + 1, 99)).toBeUndefined()
  expect(chooseVersion(0, OLDEST_PROTOCOL_VERSION - 1)).toBeUndefined()
})

test("[H4] the choice is the highest version inside both ranges", () => {
  const version = fc.integer({ min: 1, max: PROTOCOL_VERSION + 3 })
  fc.assert(
    fc.property(version, version, (min, max) => {
      const common = [...Array(max + 1).keys()].filter(
        (each) => each >= min && each >= OLDEST_PROTOCOL_VERSION && each <= PROTOCOL_VERSION,
      )
      expect(chooseVersion(min, max)).toBe(common.at(-1))
    }),
  )
})
