// Baileys leaves promises behind that nobody waits for: an answer that it wanted to send while the
// connection closed would end the whole process. What fails so within its work is told to whoever runs
// it; any other failure that nobody waits for stays what it is, the end of the process.

import { AsyncLocalStorage } from "node:async_hooks"
import type { Logger } from "../../host/logger.ts"

type Tell = (error: unknown) => void

const GUARD = Symbol.for("clawdis.stray-failures")

type Host = NodeJS.Process & { [GUARD]?: AsyncLocalStorage<Tell> }

/** Does `work`; what it starts and nobody waits for is told when it fails, now or later. */
export function tellStrays<Result>(tell: Tell, work: () => Result): Result {
  return guardOf(process).run(tell, work)
}

/** There is one for the process, because there is one event for the process. */
function guardOf(host: Host): AsyncLocalStorage<Tell> {
  const known = host[GUARD]
  if (known !== undefined) return known
  const guard = new AsyncLocalStorage<Tell>()
  host[GUARD] = guard
  host.on("unhandledRejection", (error) => {
    const tell = guard.getStore()
    if (tell === undefined) throw error
    tell(error)
  })
  return guard
}

/** Without numbers: they may be those of people. */
export function logStray(log: Logger, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  log.warn("WhatsApp's library failed on its own", { error: message.replace(/[0-9]{5,}/g, "…") })
}
