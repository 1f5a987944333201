// The program of a process that a test starts: its source, or its bundle where the whole suite runs
// (../vite.config.ts), which starts in half the time.

import { join } from "node:path"

export function findProgram(name: "crash-entry" | "gateway-entry"): string {
  const bundles = process.env["CLAWDIS_E2E_BUNDLES"]
  return bundles === undefined
    ? join(import.meta.dirname, `${name}.ts`)
    : join(bundles, `${name}.js`)
}
