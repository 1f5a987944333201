// All tests: the house's checks, Vitest, Playwright. The last line adds them up.

import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { findBrowser } from "./find-browser.ts"

const ROOT = join(import.meta.dirname, "..")
const RESULTS = join(ROOT, "node_modules", ".cache", "test-results")

interface Counts {
  passed: number
  failed: number
}

const onlyE2e = process.argv.includes("--only-e2e")
/** What else was said is for Playwright, such as which files. */
const forPlaywright = process.argv.slice(2).filter((word) => word !== "--only-e2e")
const total: Counts = { passed: 0, failed: 0 }

rmSync(RESULTS, { recursive: true, force: true })
mkdirSync(RESULTS, { recursive: true })

add("build", countExit(run("vite", ["build"])))
if (!onlyE2e) {
  add("biome", countExit(run("biome", ["check", "."])))
  add("tsc", countExit(run("tsc", ["-b"])))
  add("knip", countExit(run("knip", [])))
  add("vitest", runVitest())
}
add("playwright", await runPlaywright())

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed === 0 ? 0 : 1

function add(name: string, { failed, passed }: Counts): void {
  process.stdout.write(`${name}: ${passed} passed, ${failed} failed.\n`)
  total.passed += passed
  total.failed += failed
}

function countExit(status: number): Counts {
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

function runVitest(): Counts {
  const file = join(RESULTS, "vitest.json")
  const args = ["run", "--reporter=dot", "--reporter=json", `--outputFile.json=${file}`]
  const status = run("vitest", args, { NO_COLOR: "1" })
  if (!existsSync(file)) return countExit(1)
  const report = JSON.parse(readFileSync(file, "utf8")) as {
    numPassedTests: number
    numFailedTests: number
    numFailedTestSuites: number
  }
  const counted = { passed: report.numPassedTests, failed: report.numFailedTests }
  return withStatus(counted, status)
}

async function runPlaywright(): Promise<Counts> {
  const browser = await findBrowser(ROOT)
  if ("problem" in browser) {
    process.stdout.write(`${browser.problem}\n`)
    return countExit(1)
  }
  const file = join(RESULTS, "playwright.json")
  const status = run(
    "playwright",
    ["test", "--config", "e2e/playwright.config.ts", "--reporter=list,json", ...forPlaywright],
    { FORCE_COLOR: "0", PLAYWRIGHT_JSON_OUTPUT_NAME: file, CHROMIUM_PATH: browser.path },
  )
  if (!existsSync(file)) return countExit(1)
  const { stats } = JSON.parse(readFileSync(file, "utf8")) as {
    stats: { expected: number; unexpected: number; flaky: number }
  }
  if (stats.flaky > 0) process.stdout.write(`${stats.flaky} passed at the second try only.\n`)
  return withStatus({ passed: stats.expected + stats.flaky, failed: stats.unexpected }, status)
}

/** A runner that failed without a failed test, say while loading a file, counts as one failure. */
function withStatus(counts: Counts, status: number): Counts {
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

function run(
  tool: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): number {
  const { status } = spawnSync(join(ROOT, "node_modules", ".bin", tool), args, {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...environment },
  })
  return status ?? 1
}
