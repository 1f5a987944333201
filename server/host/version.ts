// The version of this program, as its package says.

import { readFileSync } from "node:fs"
import { findPackageJSON } from "node:module"

export function readVersion(): string {
  const path = findPackageJSON(import.meta.url)
  if (path === undefined) return "0.0.0"
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version?: string }
  return version ?? "0.0.0"
}
