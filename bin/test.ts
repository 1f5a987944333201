// All tests: the house's checks, Vitest, Playwright. As all of them wait a lot, Playwright runs beside the
// others, and what it prints comes after theirs. The last lines name what failed and add it all up.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { findBrowser } from "./find-browser.ts"
import { type Report, readPlaywright, readVitest } from "./test-report.ts"

const ROOT = join(import.meta.dirname, "..")
const RESULTS = join(ROOT, "node_modules", ".cache", "test-results")

const onlyE2e = process.argv.includes("--only-e2e")
/** What else was said is for Playwright, such as which files. */
const forPlaywright = process.argv.slice(2).filter((word) => word !== "--only-e2e")
// With Vitest's more than two cores, for much of what takes long waits for the other side.
const workers = onlyE2e ? 3 : 2
const environment = { ...process.env, CLAWDIS_E2E_BUNDLES: join(ROOT, "dist", "e2e") }

rmSync(RESULTS, { recursive: true, force: true })
mkdirSync(RESULTS, { recursive: true })

// What tests start is built first.
const builds = [
  await check("build", "vite", ["build"]),
  await check("bundles", "vite", ["build", "--config", "e2e/vite.config.ts"]),
]
const beside = onlyE2e ? undefined : runBeside()
const inBrowser = runPlaywright(beside && join(RESULTS, "playwright.txt"))
const reports = [...builds, ...((await beside) ?? []), (await inBrowser)()]

list(
  "Passed at the second try only:",
  reports.flatMap(({ secondTry }) => secondTry),
)
const failures = reports.flatMap(({ failed }) => failed)
list("Failed:", failures)
const passed = reports.reduce((sum, report) => sum + report.passed, 0)
process.stdout.write(`\n${passed} passed, ${failures.length} failed\n`)
process.exitCode = failures.length === 0 ? 0 : 1

async function runBeside(): Promise<Report[]> {
  return [
    await check("biome", "biome", ["check", "."]),
    await check("tsc", "tsc", ["-b"]),
    await check("knip", "knip", []),
    await runVitest(),
  ]
}

async function check(name: string, tool: string, args: readonly string[]): Promise<Report> {
  return judge(name, await run(tool, args))
}

async function runVitest(): Promise<Report> {
  const file = join(RESULTS, "vitest.json")
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${file}`]
  const status = await run("vitest", ["run", ...reporters], { variables: { NO_COLOR: "1" } })
  return judge(
    "vitest",
    status,
    readIfThere(file, (text) => readVitest(text, ROOT)),
  )
}

/** Prints into the file, if one is given. What it gives tells the rest, and what it came to. */
async function runPlaywright(printed: string | undefined): Promise<() => Report> {
  const browser = await findBrowser(ROOT)
  if ("problem" in browser) {
    return () => {
      process.stdout.write(`${browser.problem}\n`)
      return judge("playwright", 1)
    }
  }
  const file = join(RESULTS, "playwright.json")
  const options = ["--config", "e2e/playwright.config.ts", `--workers=${workers}`]
  const args = ["test", ...options, "--reporter=list,json", ...forPlaywright]
  const variables = {
    FORCE_COLOR: "0",
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    CHROMIUM_PATH: browser.path,
  }
  const status = await run("playwright", args, { variables, printed })
  return () => {
    if (printed !== undefined) process.stdout.write(`\n${readFileSync(printed, "utf8")}`)
    return judge("playwright", status, readIfThere(file, readPlaywright))
  }
}

function readIfThere(file: string, read: (text: string) => Report): Report | undefined {
  return existsSync(file) ? read(readFileSync(file, "utf8")) : undefined
}

/** A runner that failed without a failed test, or without a report, counts as one failure. */
function judge(
  name: string,
  status: number,
  { failed, passed, secondTry }: Report = {
    passed: status === 0 ? 1 : 0,
    failed: [],
    secondTry: [],
  },
): Report {
  const all = status !== 0 && failed.length === 0 ? [`  ${name} ended with ${status}`] : failed
  process.stdout.write(`${name}: ${passed} passed, ${all.length} failed.\n`)
  return { passed, failed: all, secondTry }
}

function list(title: string, entries: readonly string[]): void {
  if (entries.length > 0) process.stdout.write(`\n${[title, ...entries].join("\n")}\n`)
}

interface RunOptions {
  readonly variables?: Readonly<Record<string, string>>
  /** A file for all that it prints. */
  readonly printed?: string | undefined
}

async function run(
  tool: string,
  args: readonly string[],
  { printed, variables = {} }: RunOptions = {},
): Promise<number> {
  const output = printed === undefined ? "inherit" : openSync(printed, "w")
  const child = spawn(join(ROOT, "node_modules", ".bin", tool), args, {
    cwd: ROOT,
    stdio: ["inherit", output, output],
    env: { ...environment, ...variables },
  })
  const [status] = await once(child, "close")
  return status ?? 1
}
