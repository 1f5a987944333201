// The rules and the tests name each other: no rule without a test, no test of a rule that is not there.

import { globSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { ErrorCode } from "#protocol"

const read = (...globs: string[]) => globSync(globs).map((file) => readFileSync(file, "utf8"))
const RULES = read("protocol/SPEC.md", "protocol/FAULTS.md").join("\n")
const TESTS = read("{protocol,server,web,e2e,bin}/**/{*.test.ts,*.test.tsx,*.spec.ts,contract.ts}")

const rules = [...RULES.matchAll(/^- \*\*([A-Z]{1,2}\d+)\*\* /gm)].map((match) => match[1] ?? "")
const tested = TESTS.flatMap((text) => [
  ...text.matchAll(/["'`]((?:\[[A-Z]{1,2}\d+(?:, [A-Z]{1,2}\d+)*\] )+)/g),
]).flatMap((match) => match[1]?.match(/[A-Z]+\d+/g) ?? [])

test("no rule stands twice", () => {
  expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([])
})

test("every rule has a test", () => {
  expect(rules.filter((rule) => !tested.includes(rule))).toEqual([])
})

test("no test names a rule that is not there", () => {
  expect(tested.filter((rule) => !rules.includes(rule))).toEqual([])
})

test.for(ErrorCode.options)("%s is thrown somewhere and tested somewhere", (code) => {
  const thrown = new RegExp(`GatewayError\\(\\s*"${code}"`)
  const sources = globSync("server/**/*.ts").filter((file) => !/\.test\.ts$|\/testing\//.test(file))
  expect(sources.some((file) => thrown.test(readFileSync(file, "utf8")))).toBe(true)
  expect(TESTS.some((text) => text.includes(`"${code}"`))).toBe(true)
})
