// Failures that nobody waits for: a promise that a library left behind, a throw in one of its timers or
// events. Whoever runs such code says so, and is told of them; a failure that is nobody's stays what it
// is, the end of the process.

import { AsyncLocalStorage } from "node:async_hooks"

type Tell = (error: unknown) => void

const GUARD = Symbol.for("clawdis.strays")

type Host = NodeJS.Process & { [GUARD]?: AsyncLocalStorage<Tell | undefined> }

/** Does `work`; what it starts and nobody waits for is told when it fails, now or later. */
export function tellStrays<Result>(tell: Tell, work: () => Result): Result {
  return guardOf(process).run(tell, work)
}

/** Does what is not the business of whoever calls: its strays are not theirs. */
export function disownStrays<Result>(work: () => Result): Result {
  return guardOf(process).run(undefined, work)
}

/** Tells an exception that reached the process to whom it belongs; false if it is nobody's. */
export function tellOwner(error: unknown): boolean {
  const tell = guardOf(process).getStore()
  tell?.(error)
  return tell !== undefined
}

/** Without numbers: they may be those of people. */
export function describeStray(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/[0-9]{5,}/g, "…")
}

/** There is one for the process, because there is one event for the process. */
function guardOf(host: Host): AsyncLocalStorage<Tell | undefined> {
  const known = host[GUARD]
  if (known !== undefined) return known
  const guard = new AsyncLocalStorage<Tell | undefined>()
  host[GUARD] = guard
  host.on("unhandledRejection", (error) => {
    const tell = guard.getStore()
    if (tell === undefined) throw error
    tell(error)
  })
  return guard
}
