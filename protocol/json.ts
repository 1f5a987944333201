// JSON values as they come from strangers: which strings they may hold, and one canonical form so that two
// spellings of the same value hash alike. `decodeText` has bounded their depth, so that recursion is safe.

import { quote } from "./issues.ts"

export interface JsonFlaw {
  /** Made of the sender's keys, safe to show. */
  readonly path: string
  readonly problem: string
}

// A surrogate without its partner cannot be written as UTF-8, so it would hash and travel differently.
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** The first flaw of a decoded value (rule R2), or undefined; allocates nothing while nothing is wrong. */
export function findJsonFlaw(value: unknown): JsonFlaw | undefined {
  const flaw = findFlaw(value)
  return flaw && { ...flaw, path: quote(flaw.path) }
}

function findFlaw(value: unknown): JsonFlaw | undefined {
  if (typeof value === "string") {
    const problem = findStringProblem(value)
    return problem === undefined ? undefined : { path: "", problem }
  }
  if (typeof value !== "object" || value === null) return undefined
  return Array.isArray(value) ? findItemFlaw(value) : findEntryFlaw(value)
}

function findItemFlaw(items: readonly unknown[]): JsonFlaw | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const flaw = findFlaw(items[index])
    if (flaw !== undefined) return below(String(index), flaw)
  }
  return undefined
}

function findEntryFlaw(entries: object): JsonFlaw | undefined {
  for (const [key, item] of Object.entries(entries)) {
    const problem = findStringProblem(key)
    if (problem !== undefined) return { path: "", problem }
    const flaw = findFlaw(item)
    if (flaw !== undefined) return below(key, flaw)
  }
  return undefined
}

function below(key: string, flaw: JsonFlaw): JsonFlaw {
  return { ...flaw, path: `/${key}${flaw.path}` }
}

function findStringProblem(text: string): string | undefined {
  if (text.includes("\0")) return "holds the character U+0000"
  return LONE_SURROGATE.test(text) ? "holds a lone surrogate" : undefined
}

/** JSON with sorted keys and no white space: equal values have equal text (rule I2). */
export function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(",")}]`
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => `${JSON.stringify(key)}:${toCanonicalJson(item)}`)
    return `{${entries.join(",")}}`
  }
  return JSON.stringify(value)
}

/** A JSON object: neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
