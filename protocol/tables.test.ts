// What holds for every row of the tables, whatever the wire brings.

import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { EVENTS } from "./events.ts"
import { Hello, HelloError, HelloOk, RequestFrame, ResponseFrame } from "./frames.ts"
import { describeIssues } from "./issues.ts"
import { METHODS } from "./methods.ts"
import { events, hello, helloError, helloOk, params, responses } from "./testing/samples.ts"
import { Count, SequenceNumber, shortText } from "./text.ts"

const SCHEMAS: readonly (readonly [string, v.GenericSchema, unknown])[] = [
  ["hello", Hello, hello],
  ["hello-ok", HelloOk, helloOk],
  ["hello-error", HelloError, helloError],
  ["req", RequestFrame, { type: "req", id: "1", method: "health", params: {} }],
  ["res", ResponseFrame, responses[0]],
  ...Object.entries(METHODS).map(
    ([name, row]) => [name, row.params, params[name as keyof typeof params]] as const,
  ),
  ...events.map((frame) => [frame.event, EVENTS[frame.event], frame.payload] as const),
]

/** The sample with any value in place of any part of it, or with one more key. */
function changed(sample: unknown): fc.Arbitrary<unknown> {
  const value = fc.oneof(
    fc.constantFrom<unknown>(null, "", 0, -0, -1, 0.5, 2 ** 53, [], {}, "\ud800", "x".repeat(300)),
    fc.jsonValue({ maxDepth: 1 }),
  )
  const paths = pathsOf(sample)
  return fc
    .tuple(fc.constantFrom(...paths), value, fc.constantFrom("put", "add", "remove"))
    .map(([path, each, how]) => change(sample, path, each, how))
}

type Path = readonly string[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path]
  const below = Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))
  return [path, ...below]
}

function change(value: unknown, [key, ...rest]: Path, by: unknown, how: string): unknown {
  if (key !== undefined && typeof value === "object" && value !== null) {
    const copy: Record<string, unknown> = Array.isArray(value)
      ? ([...value] as never)
      : { ...value }
    if (rest.length === 0 && how === "remove") delete copy[key]
    else copy[key] = change(copy[key], rest, by, how)
    return copy
  }
  const isAdded = how === "add" && typeof value === "object" && value !== null
  return isAdded ? { ...value, added: by } : by
}

test.for(SCHEMAS)(
  "[R2, VA19] %s: what is accepted is accepted again and survives the wire, what is not has a short reason",
  ([, schema, sample]) => {
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 4, arbitrary: changed(sample) },
          { weight: 1, arbitrary: fc.jsonValue() },
        ),
        (value) => {
          const result = v.safeParse(schema, value)
          if (result.success) {
            const travelled: unknown = JSON.parse(JSON.stringify(result.output))
            expect(JSON.stringify(v.parse(schema, travelled))).toBe(JSON.stringify(result.output))
            return
          }
          const reason = describeIssues(result.issues)
          expect(reason).not.toBe("")
          expect(reason.split("; ").length).toBeLessThanOrEqual(6)
          expect(reason).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}]+$/u)
        },
      ),
      { numRuns: 40 },
    )
  },
)

test("[R1, H1] a short text has 1 to its most UTF-16 units, nothing else", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "é", "😀", "\0", "\ud800"), maxLength: 40 }),
      fc.integer({ min: 1, max: 30 }),
      (text, most) => {
        expect(v.is(shortText(most), text)).toBe(text.length >= 1 && text.length <= most)
      },
    ),
  )
})

test("[E1, E2] counts and numbers of events are whole, from 0 and from 1, and exact in a double", () => {
  const number = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger())
  fc.assert(
    fc.property(number, (each) => {
      expect(v.is(Count, each)).toBe(Number.isSafeInteger(each) && each >= 0)
      expect(v.is(SequenceNumber, each)).toBe(Number.isSafeInteger(each) && each >= 1)
    }),
  )
})
