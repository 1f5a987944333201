import * as v from "valibot"
import { expect, test } from "vitest"
import { describeIssues } from "./issues.ts"
import {
  isMethodName,
  METHOD_NAMES,
  METHODS,
  type MethodAck,
  type MethodParams,
} from "./methods.ts"
import { params } from "./testing/samples.ts"

function check(schema: v.GenericSchema, value: unknown): string {
  const result = v.safeParse(schema, value)
  return result.success ? "valid" : describeIssues(result.issues)
}

test("[M1, M2, M3, M4, M5, M6, M7, M8, M9, M11, M12] every method takes its params", () => {
  for (const method of METHOD_NAMES) {
    expect(check(METHODS[method].params, params[method])).toBe("valid")
  }
})

test("[R5, VA3] what every object has is no method", () => {
  expect(METHOD_NAMES.every(isMethodName)).toBe(true)
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty", "", "Health"]) {
    expect(isMethodName(name)).toBe(false)
  }
})

test("[VA4] params that are no object are refused by every method", () => {
  for (const method of METHOD_NAMES) {
    for (const value of [null, [], "{}", 5, true]) {
      expect(check(METHODS[method].params, value)).not.toBe("valid")
    }
    expect(check(METHODS[method].params, null)).toBe("must be Object, not null")
  }
})

test("[R2] an unknown key is refused by every method", () => {
  for (const method of METHOD_NAMES) {
    const value = { ...params[method], more: 1 }
    expect(check(METHODS[method].params, value)).toBe("/more: unknown key")
  }
})

test("[VA5] a key __proto__ in params is refused and reaches no object", () => {
  for (const method of METHOD_NAMES) {
    const text = JSON.stringify({ ...params[method], proto: { polluted: true } })
    const value: unknown = JSON.parse(text.replace('"proto"', '"__proto__"'))
    expect(check(METHODS[method].params, value)).toBe("/__proto__: unknown key")
  }
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false)
})

test("only a method that is answered twice has an ack", () => {
  // @ts-expect-error `health` is answered once.
  const ack: MethodAck<"health"> = { runId: "r1" }
  // @ts-expect-error `send` needs a key.
  const send: MethodParams<"send"> = { to: "x" }
  expect([ack, send]).toHaveLength(2)
  expect(METHOD_NAMES.filter((method) => "ack" in METHODS[method])).toEqual(["agent"])
})
