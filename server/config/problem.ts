// What a form has against a value, in words for the person who wrote the value.

import type * as v from "valibot"
import { quote } from "#protocol"

export function describeProblem(
  issue: v.BaseIssue<unknown>,
  { secret }: { readonly secret: boolean },
): string {
  if (issue.type === "strict_object" && issue.expected === "never") return "unknown key"
  if (!issue.message.startsWith("Invalid")) return quote(issue.message)
  const expected = quote(issue.expected ?? "something else")
  return secret ? `must be ${expected}` : `must be ${expected}, not ${quote(issue.received)}`
}
