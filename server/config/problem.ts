// What a form has against a value, in words for the person who wrote the value.

import type * as v from "valibot"
import { quote } from "#protocol"

export function describeProblem(
  issue: v.BaseIssue<unknown>,
  { secret }: { readonly secret: boolean },
): string {
  if (issue.type === "strict_object" && issue.expected === "never") return "unknown key"
  if (!issue.message.startsWith("Invalid")) return quote(issue.message)
  const expected = toWords(issue.expected ?? "something else")
  return secret ? `must be ${expected}` : `must be ${expected}, not ${toWords(issue.received)}`
}

const WORDS: Readonly<Record<string, string>> = {
  Array: "a list",
  Object: "an object",
  boolean: "true or false",
  number: "a number",
  string: "a text",
}

/** The form's names for what it wants and what it got; a text that it got is in quotes. */
function toWords(name: string): string {
  return WORDS[name] ?? quote(name)
}
