#!/usr/bin/env node
// The program's door: what it runs on is checked before anything newer is loaded, then one command line
// becomes one exit code. The only file that sets it.

import { findPlatformProblem } from "./cli/platform.ts"

/** What may still be open when a command is done, such as a socket that does not close, gets this long. */
const LINGER_MS = 100

async function main(): Promise<number> {
  const problem = findPlatformProblem(process.versions.node, process.platform)
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`)
    return 78
  }
  // Imported here and not above: an older Node has no such name and would fail without our sentence.
  const { enableCompileCache } = await import("node:module")
  enableCompileCache()
  const { runCli } = await import("./cli/index.ts")
  return runCli({
    argv: process.argv.slice(2),
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    onInterrupt: (listener) => void process.once("SIGINT", listener),
  })
}

// The process lives as long as its command, even while nothing but a timer is waited for.
const alive = setInterval(() => undefined, 2 ** 30)

void main()
  .catch((error) => {
    process.stderr.write(`internal error: ${error instanceof Error ? error.stack : error}\n`)
    return 1
  })
  .then((code) => {
    process.exitCode = code
    clearInterval(alive)
    setTimeout(() => process.exit(), LINGER_MS).unref()
  })
