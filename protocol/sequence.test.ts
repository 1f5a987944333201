import fc from "fast-check"
import { expect, test } from "vitest"
import { createSequenceCounter } from "./sequence.ts"

test("[E1] events in a row lose nothing", () => {
  const sequence = createSequenceCounter()
  expect([1, 2, 3].map((seq) => sequence.see(seq))).toEqual([0, 0, 0])
})

test("[E1] events before the first one that arrives are lost too", () => {
  expect(createSequenceCounter().see(3)).toBe(2)
})

test("[E1] a number that comes again is no loss", () => {
  const sequence = createSequenceCounter()
  expect([1, 2, 2, 1, 3].map((seq) => sequence.see(seq))).toEqual([0, 0, 0, 0, 0])
})

test("[E1] whatever is lost is counted exactly", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (arrives) => {
      const sequence = createSequenceCounter()
      const seen = arrives.flatMap((here, index) => (here ? [index + 1] : []))
      const lost = seen.reduce((sum, seq) => sum + sequence.see(seq), 0)
      expect(lost).toBe((seen.at(-1) ?? 0) - seen.length)
    }),
  )
})

test("[E1] a new connection begins again at 1", () => {
  const sequence = createSequenceCounter()
  sequence.see(40)
  sequence.reset()
  expect([1, 2, 4].map((seq) => sequence.see(seq))).toEqual([0, 0, 1])
})
