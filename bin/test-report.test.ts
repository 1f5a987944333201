import { expect, test } from "vitest"
import { readPlaywright, readVitest } from "./test-report.ts"

test("a failed test of Vitest is named with the head of its error, and so is a file that could not be loaded", () => {
  const seeded =
    'Error: Property failed after 3 tests\n{ seed: 7, path: "2:0" }\n\nCounterexample: [1]\nA\nB'
  const report = {
    numPassedTests: 2,
    testResults: [
      {
        name: "/clone/server/a.test.ts",
        status: "failed",
        message: "",
        assertionResults: [
          { fullName: "it is so", status: "passed", failureMessages: [] },
          { fullName: "it is not", status: "failed", failureMessages: [seeded] },
        ],
      },
      {
        name: "/clone/web/b.test.ts",
        status: "failed",
        message: "no module",
        assertionResults: [],
      },
    ],
  }
  expect(readVitest(JSON.stringify(report), "/clone")).toEqual({
    passed: 2,
    failed: [
      [
        "  server/a.test.ts > it is not",
        "    Error: Property failed after 3 tests",
        '    { seed: 7, path: "2:0" }',
        "    Counterexample: [1]",
        "    A",
      ].join("\n"),
      "  web/b.test.ts\n    no module",
    ],
    secondTry: [],
  })
})

test("Playwright's tests are told apart by what became of them, at the second try as well", () => {
  const error = { message: "\u001B[31mTimed out\u001B[39m" }
  const ended = (title: string, status: string, ...results: object[]) => ({
    title,
    file: "chat.spec.ts",
    tests: [{ status, results }],
  })
  const report = {
    errors: [{ message: "no such file" }],
    suites: [
      {
        title: "chat.spec.ts",
        specs: [ended("one", "expected", {}), ended("two", "flaky", { error }, {})],
        suites: [{ title: "narrow", specs: [ended("three", "unexpected", { error }, { error })] }],
      },
    ],
  }
  expect(readPlaywright(JSON.stringify(report))).toEqual({
    passed: 2,
    failed: ["  chat.spec.ts > narrow > three\n    Timed out", "  playwright\n    no such file"],
    secondTry: ["  chat.spec.ts > two\n    Timed out"],
  })
})
