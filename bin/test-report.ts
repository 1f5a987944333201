// What the runners' reports come to: how many tests passed, and which failed or passed at the second try only.

export interface Report {
  readonly passed: number
  /** Each with the head of its error, which is where a seed stands. */
  readonly failed: readonly string[]
  readonly secondTry: readonly string[]
}

interface VitestReport {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[] | null
    }[]
  }[]
}

/** Files are told as from the root. */
export function readVitest(text: string, root: string): Report {
  const { numPassedTests, testResults }: VitestReport = JSON.parse(text)
  const failed = testResults.flatMap(({ assertionResults, message, name, status }) => {
    const file = name.replace(`${root}/`, "")
    const tests = assertionResults.filter((test) => test.status === "failed")
    // A file that cannot be loaded, or whose hook failed, has no test that did.
    if (status === "failed" && tests.length === 0) return [toEntry(file, [], message)]
    return tests.map(({ failureMessages, fullName }) =>
      toEntry(file, [fullName], failureMessages?.[0]),
    )
  })
  return { passed: numPassedTests, failed, secondTry: [] }
}

interface PlaywrightSuite {
  readonly title: string
  readonly specs?: readonly {
    readonly title: string
    readonly file: string
    readonly tests: readonly {
      readonly status: "expected" | "unexpected" | "flaky" | "skipped"
      readonly results: readonly { readonly error?: { readonly message?: string } }[]
    }[]
  }[]
  readonly suites?: readonly PlaywrightSuite[]
}

interface PlaywrightReport {
  readonly suites: readonly PlaywrightSuite[]
  readonly errors: readonly { readonly message?: string }[]
}

export function readPlaywright(text: string): Report {
  const { errors, suites }: PlaywrightReport = JSON.parse(text)
  const tests = suites.flatMap((suite) => readSuite(suite, []))
  const ended = (status: string) => tests.filter((test) => test.status === status)
  const failed = ended("unexpected").map(({ entry }) => entry)
  const secondTry = ended("flaky").map(({ entry }) => entry)
  return {
    passed: ended("expected").length + secondTry.length,
    failed: [...failed, ...errors.map(({ message }) => toEntry("playwright", [], message))],
    secondTry,
  }
}

function readSuite(
  { specs = [], suites = [] }: PlaywrightSuite,
  above: readonly string[],
): { readonly status: string; readonly entry: string }[] {
  return [
    ...specs.flatMap(({ file, tests, title }) =>
      tests.map(({ results, status }) => {
        const message = results.find(({ error }) => error !== undefined)?.error?.message
        return { status, entry: toEntry(file, [...above, title], message) }
      }),
    ),
    // The first level is the file.
    ...suites.flatMap((suite) => readSuite(suite, [...above, suite.title])),
  ]
}

const MAX_LINES = 4
const MAX_LENGTH = 160
/** Nothing, or a line of the stack. */
const SAYS_LITTLE = /^\s*(at .*)?$/

function toEntry(file: string, titles: readonly string[], message = ""): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
  const lines = message.replace(/\u001B\[[\d;]*m/g, "").split("\n")
  const head = lines.filter((line) => !SAYS_LITTLE.test(line)).slice(0, MAX_LINES)
  const cut = head.map((line) => `    ${line.trim().slice(0, MAX_LENGTH)}`)
  return [[`  ${file}`, ...titles].join(" > "), ...cut].join("\n")
}
