// JSON as it comes from strangers: how deep it may nest, which strings it may hold, and one
// canonical form so that two spellings of the same value hash alike.

import { quote } from "./issues.ts"
import { LIMITS } from "./limits.ts"

export type JsonFlaw =
  | { readonly kind: "too-deep" }
  /** `path` is made of the sender's keys, safe to show. */
  | { readonly kind: "bad-string"; readonly path: string; readonly problem: string }

// A surrogate without its partner cannot be written as UTF-8, so it would hash and travel differently.
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * The first flaw of a parsed JSON value (rules T5 and R2), or undefined. Never goes deeper than the
 * limit, so that no nesting can overflow the stack, and allocates nothing while nothing is wrong.
 */
export function findJsonFlaw(value: unknown): JsonFlaw | undefined {
  const flaw = findFlaw(value, 1)
  return flaw?.kind === "bad-string" ? { ...flaw, path: quote(flaw.path) } : flaw
}

function findFlaw(value: unknown, depth: number): JsonFlaw | undefined {
  if (typeof value === "string") {
    const problem = findStringProblem(value)
    return problem === undefined ? undefined : { kind: "bad-string", path: "", problem }
  }
  if (typeof value !== "object" || value === null) return undefined
  if (depth > LIMITS.maxDepth) return { kind: "too-deep" }
  return Array.isArray(value) ? findItemFlaw(value, depth) : findEntryFlaw(value, depth)
}

function findItemFlaw(items: readonly unknown[], depth: number): JsonFlaw | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const flaw = findFlaw(items[index], depth + 1)
    if (flaw !== undefined) return below(String(index), flaw)
  }
  return undefined
}

function findEntryFlaw(entries: object, depth: number): JsonFlaw | undefined {
  for (const [key, item] of Object.entries(entries)) {
    const problem = findStringProblem(key)
    if (problem !== undefined) return { kind: "bad-string", path: "", problem }
    const flaw = findFlaw(item, depth + 1)
    if (flaw !== undefined) return below(key, flaw)
  }
  return undefined
}

function below(key: string, flaw: JsonFlaw): JsonFlaw {
  return flaw.kind === "too-deep" ? flaw : { ...flaw, path: `/${key}${flaw.path}` }
}

function findStringProblem(text: string): string | undefined {
  if (text.includes("\0")) return "holds the character U+0000"
  return LONE_SURROGATE.test(text) ? "holds a lone surrogate" : undefined
}

/**
 * JSON with sorted keys and no white space: equal values have equal text (rule I2). The value must
 * have passed `findJsonFlaw`, which bounds its depth.
 */
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
