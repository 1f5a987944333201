// Lets the engine write down each step of its own, also in the middle of a message that is being sent.
//
// The library sends a message within one transaction of the key store, which commits after the message
// has left. A kill in between would encrypt the next message with the keys of this one, and a message
// that is decrypted meanwhile would be overwritten by what the transaction had read before. So each step
// runs outside of whatever transaction is under way, as one of its own.

import { AsyncResource } from "node:async_hooks"
import type { SignalRepository } from "./library.ts"

const STEPS = [
  "encryptMessage",
  "encryptGroupMessage",
  "injectE2ESession",
  "getSenderKeyDistributionMessage",
  "hasSenderKey",
  "getSessionInfo",
  "validateSession",
  "deleteSession",
  "migrateSession",
] as const satisfies readonly (keyof SignalRepository)[]

/** Called outside of any transaction. */
export function commitEachStep(repository: SignalRepository): SignalRepository {
  const outside = new AsyncResource("whatsapp-engine")
  const steps = Object.fromEntries(
    STEPS.map((name) => {
      const step = repository[name] as (...options: unknown[]) => unknown
      return [
        name,
        (...options: unknown[]) => outside.runInAsyncScope(step, repository, ...options),
      ]
    }),
  )
  return { ...repository, ...steps }
}
