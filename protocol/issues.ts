// What a schema has against a value, as one line for the person who sent it (rule R2).

import type * as v from "valibot"

const MAX_PROBLEMS = 5
const MAX_QUOTED = 80

/** At most five problems, each with its path; no more than 80 characters of the sender's data are quoted. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  const lines = issues.slice(0, MAX_PROBLEMS).map(describe)
  const rest = issues.length - lines.length
  return rest > 0 ? `${lines.join("; ")}; and ${rest} more` : lines.join("; ")
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = pathOf(issue)
  return path === "" ? problemOf(issue) : `${path}: ${problemOf(issue)}`
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? []).map((item) => `/${quote(String(item.key))}`).join("")
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === "strict_object" && issue.expected === "never") return "unknown key"
  if (issue.received === "undefined")
    return `${issue.message.includes("required") ? issue.message : "is missing"}`
  if (issue.kind === "schema" && issue.message.startsWith("Invalid")) {
    return `must be ${quote(issue.expected ?? "something else")}, not ${quote(issue.received)}`
  }
  return issue.message
}

/** A stranger's text made safe for one line: control and direction marks escaped, cut at 80 characters. */
export function quote(text: string): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text
  return cut.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
    /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069\uD800-\uDFFF]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
