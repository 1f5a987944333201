// Notices that the machine's network changed, such as when it comes back, so that nobody waits out a
// pause that began without it. Node tells of no such event, so it is looked for.

import { networkInterfaces } from "node:os"
import { type Clock, pause } from "../../host/clock.ts"

/** All addresses of the machine, as one text. */
export function readNetwork(): string {
  return JSON.stringify(
    Object.entries(networkInterfaces())
      .flatMap(([name, addresses]) => (addresses ?? []).map(({ address }) => `${name} ${address}`))
      .sort(),
  )
}

export interface NetworkWatch {
  readonly clock: Clock
  readonly read: () => string
  readonly everyMs: number
}

/** Resolves true when the network is another one than at the call, false when `signal` aborts. */
export async function networkChange(
  { clock, read, everyMs }: NetworkWatch,
  signal: AbortSignal,
): Promise<boolean> {
  const before = read()
  while (!signal.aborted) {
    await pause(clock, everyMs, signal)
    if (!signal.aborted && read() !== before) return true
  }
  return false
}
