import fc from "fast-check"
import { expect, test } from "vitest"
import { acceptedRecord, toKeyedRequest } from "./idempotency.ts"

const params = fc.dictionary(
  fc.string().filter((key) => key !== "idempotencyKey" && key !== "__proto__"),
  fc.jsonValue({ maxDepth: 3 }),
)

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffled(item)]),
  )
}

test("[I2, ID11] params that differ only in the order of keys, or by keys without a value, are equal", () => {
  fc.assert(
    fc.property(params, (each) => {
      const first = toKeyedRequest({ ...each, idempotencyKey: "a" })
      const second = toKeyedRequest({
        missing: undefined,
        ...(shuffled(each) as object),
        idempotencyKey: "b",
      } as { idempotencyKey: string })
      expect(second.digest).toBe(first.digest)
      expect([first.key, second.key]).toEqual(["a", "b"])
    }),
  )
})

test("[I2, ID3] params that differ in a value have another digest", () => {
  const digest = (message: unknown) =>
    toKeyedRequest({ message, idempotencyKey: "k" } as { idempotencyKey: string }).digest
  const values = ["1", 1, null, true, [1], { a: 1 }, "", "1 "]
  expect(new Set(values.map(digest)).size).toBe(values.length)
})

test("[I2, ID3] a key that was used for something else is an INVALID_REQUEST", () => {
  expect(() => acceptedRecord({ kind: "conflict" })).toThrow(
    expect.objectContaining({
      code: "INVALID_REQUEST",
      reason: "idempotency_conflict",
      retryable: false,
    }),
  )
})

test("[I1] when the store holds as many keys as it may, the answer is UNAVAILABLE, retryable", () => {
  expect(() => acceptedRecord({ kind: "full" })).toThrow(
    expect.objectContaining({ code: "UNAVAILABLE", reason: "over_capacity", retryable: true }),
  )
})
