// The gateway as `clawdis gateway` starts it, with every wait so many times shorter that tests need not wait.

import { flushCompileCache } from "node:module"
import { runGateway } from "../../server/cli/gateway.ts"
import { hurryTimings } from "../../server/testing/test-timings.ts"

// Most tests end it with a signal, at which nothing would be kept of what was compiled.
flushCompileCache()
const [port, webchatPort, divideBy] = process.argv.slice(2, 5).map(Number)
const verbose = process.argv[5] !== "quiet"

const code = await runGateway({
  flags: { port: port ?? 0, webchatPort: webchatPort ?? 0, force: false, verbose },
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  timings: hurryTimings(divideBy ?? 1),
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  return 1
})
process.exit(code)
