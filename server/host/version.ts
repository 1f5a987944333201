// What this program's own package says and holds.

import { existsSync, readFileSync } from "node:fs"
import { findPackageJSON } from "node:module"
import { dirname, join } from "node:path"

/** The version of this program, as its package says. */
export function readVersion(): string {
  const path = findPackageJSON(import.meta.url)
  if (path === undefined) return "0.0.0"
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version?: string }
  return version ?? "0.0.0"
}

/** The absolute path of something in the package, or undefined if it is not there. */
export function findShipped(...names: readonly string[]): string | undefined {
  const manifest = findPackageJSON(import.meta.url)
  if (manifest === undefined) return undefined
  const path = join(dirname(manifest), ...names)
  return existsSync(path) ? path : undefined
}
