// JSON as it comes from strangers: how deep it may nest, which strings it may hold, and one
// canonical form so that two spellings of the same value hash alike.

import { LIMITS } from "./limits.ts"

export type JsonFlaw =
  | { readonly kind: "too-deep" }
  | { readonly kind: "bad-string"; readonly path: string; readonly problem: string }

// A surrogate without its partner cannot be written as UTF-8, so it would hash and travel differently.
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * The first flaw of a parsed JSON value (rules T5 and R2), or undefined. Walks without recursion, so
 * that no depth of nesting can overflow the stack.
 */
export function findJsonFlaw(value: unknown): JsonFlaw | undefined {
  const waiting: { value: unknown; path: string; depth: number }[] = [{ value, path: "", depth: 1 }]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (typeof at.value === "string") {
      const problem = findStringProblem(at.value)
      if (problem !== undefined) return { kind: "bad-string", path: at.path, problem }
    } else if (typeof at.value === "object" && at.value !== null) {
      if (at.depth > LIMITS.maxDepth) return { kind: "too-deep" }
      for (const [key, item] of Object.entries(at.value)) {
        const problem = findStringProblem(key)
        if (problem !== undefined) return { kind: "bad-string", path: at.path, problem }
        waiting.push({ value: item, path: `${at.path}/${key}`, depth: at.depth + 1 })
      }
    }
  }
  return undefined
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
