// The row of `open`: the page's address, with what opens it.

import type { Command } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { COMMON } from "./flags.ts"
import { readOwnInstance } from "./link.ts"

export const OPEN: Command = {
  name: "open",
  summary: "the page's address with its token, and the page in the browser",
  flags: [{ form: "--no-open", help: "only print the address" }, ...COMMON],
  examples: ["clawdis open", "clawdis open --no-open"],
  notes: [
    "A browser is started from a terminal with a screen; elsewhere the address is only printed. What comes",
    "behind #token= is a secret: whoever has the address can talk to the agent.",
  ],
  async run({ flags, io, link, print, progress, signal }) {
    const { fetchHealth } = await import("./gw/health.ts")
    const { toPageAddress } = await import("./page-address.ts")
    const gateway = await link()
    // Somebody who opens a page that nobody serves learns less than somebody who is told so.
    await fetchHealth(gateway)
    progress(undefined)
    const own = readOwnInstance(io.environment)
    const address = toPageAddress(gateway, flags.text("url") === undefined ? own : undefined)
    const isJson = flags.isSet("json")
    if (!isJson) io.stdout.write(`${address}\n`)
    let opened = false
    if (flags.isSet("open") && "isTTY" in io.stdout && io.stdout.isTTY === true) {
      const { openInBrowser } = await import("./browser.ts")
      const { environment, timings } = io
      const problem = await openInBrowser(address, {
        environment,
        platform: process.platform,
        timeoutMs: timings.cli.openTimeoutMs,
        signal,
      })
      opened = problem === undefined
      if (problem !== undefined) io.stderr.write(`${problem}\n`)
    }
    if (isJson) print({ url: address, opened })
    return EXIT.ok
  },
}
