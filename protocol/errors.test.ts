import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import {
  CLOSE,
  ErrorCode,
  ErrorShape,
  fromErrorShape,
  GatewayError,
  toErrorShape,
} from "./errors.ts"

test("[R3] there are four codes", () => {
  expect(ErrorCode.options).toEqual([
    "NOT_LINKED",
    "AGENT_TIMEOUT",
    "INVALID_REQUEST",
    "UNAVAILABLE",
  ])
})

test("[R1] a failure survives its way over the wire", () => {
  // What names a part of every object is no key of a record.
  const key = fc.string().filter((name) => !(name in {}) && name !== "prototype")
  const shape = fc.record(
    {
      code: fc.constantFrom(...ErrorCode.options),
      message: fc.string(),
      details: fc.dictionary(key, fc.oneof(fc.string(), fc.integer(), fc.boolean())),
      retryable: fc.boolean(),
      retryAfterMs: fc.nat(),
    },
    { requiredKeys: ["code", "message"] },
  )
  fc.assert(
    fc.property(shape, (each) => {
      expect(toErrorShape(fromErrorShape(each))).toEqual(each)
      expect(v.is(ErrorShape, toErrorShape(fromErrorShape(each)))).toBe(true)
    }),
  )
})

test("[R3] a reason stands in the details, beside others", () => {
  const error = new GatewayError("UNAVAILABLE", "Stopped.", {
    reason: "aborted",
    details: { runId: "r1" },
    retryable: false,
  })
  expect(error.reason).toBe("aborted")
  expect(toErrorShape(error)).toEqual({
    code: "UNAVAILABLE",
    message: "Stopped.",
    details: { runId: "r1", reason: "aborted" },
    retryable: false,
  })
})

test("[R1] what a failed response carries beside its error comes with it", () => {
  const error = fromErrorShape({ code: "AGENT_TIMEOUT", message: "Too slow." }, { status: "error" })
  expect(error).toBeInstanceOf(GatewayError)
  expect(error.payload).toEqual({ status: "error" })
  expect(error.reason).toBeUndefined()
})

test("[R2] the cause of a failure stays at home", () => {
  const error = new GatewayError("UNAVAILABLE", "No disk.", { cause: new Error("EIO /secret") })
  expect(JSON.stringify(toErrorShape(error))).not.toContain("secret")
  expect(error.cause).toBeInstanceOf(Error)
})

test("every reason of a close fits into its frame", () => {
  for (const { code, reason } of Object.values(CLOSE)) {
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
    expect(code).toBeGreaterThanOrEqual(1000)
  }
})

test("codes and reasons are typed", () => {
  // @ts-expect-error There is no such code.
  const coded = new GatewayError("BROKEN", "x")
  // @ts-expect-error There is no such reason.
  const reasoned = new GatewayError("UNAVAILABLE", "x", { reason: "because" })
  expect([coded, reasoned]).toHaveLength(2)
})
