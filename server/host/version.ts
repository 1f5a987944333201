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

/** The commit that a clone of this program stands on, in short; undefined where that is not known. */
export function readCommit(root = packageFolder()): string | undefined {
  if (root === undefined) return undefined
  try {
    const read = (...names: readonly string[]) => readFileSync(join(root, ".git", ...names), "utf8")
    const head = read("HEAD").trim()
    const ref = /^ref: (refs\/\S+)$/.exec(head)?.[1]
    const id = ref === undefined ? head : (readRef(read, ref) ?? "")
    return /^[0-9a-f]{40,64}$/.exec(id)?.[0].slice(0, 7)
  } catch {
    // Not a clone, or not one of the plain kind: the version has to do.
    return undefined
  }
}

function readRef(read: (...names: readonly string[]) => string, ref: string): string | undefined {
  try {
    return read(ref).trim()
  } catch {
    // A ref that has not moved for long has no file of its own.
    const line = read("packed-refs")
      .split("\n")
      .find((text) => text.endsWith(` ${ref}`))
    return line?.split(" ")[0]
  }
}

function packageFolder(): string | undefined {
  const manifest = findPackageJSON(import.meta.url)
  return manifest === undefined ? undefined : dirname(manifest)
}

/** The absolute path of something in the package, or undefined if it is not there. */
export function findShipped(...names: readonly string[]): string | undefined {
  const manifest = findPackageJSON(import.meta.url)
  if (manifest === undefined) return undefined
  const path = join(dirname(manifest), ...names)
  return existsSync(path) ? path : undefined
}
