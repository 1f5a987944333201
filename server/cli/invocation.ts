// What the command line hands to the daemon: flags that were already checked, and the world around it.

import type { Writable } from "node:stream"
import type { GatewayFlags } from "../config/flags.ts"
import type { Timings } from "../config/timings.ts"

export interface GatewayInvocation {
  readonly flags: GatewayFlags & { readonly force: boolean; readonly verbose: boolean }
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdout: Writable
  readonly stderr: Writable
  readonly timings: Timings
}
