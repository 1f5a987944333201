// What a schema has against a value, as one line for the person who sent it (rule R2).

import type * as v from "valibot"

const MAX_PROBLEMS = 5
const MAX_QUOTED = 80

/** At most five problems, each with its path; no more than 80 characters of the sender's data are quoted in all. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  let left = MAX_QUOTED
  const quoteSome = (text: string): string => {
    const quoted = quote(text, left)
    left = Math.max(0, left - text.length)
    return quoted
  }
  const lines = issues.slice(0, MAX_PROBLEMS).map((issue) => toLine(issue, quoteSome))
  const rest = issues.length - lines.length
  return rest > 0 ? `${lines.join("; ")}; and ${rest} more` : lines.join("; ")
}

type Quote = (text: string) => string

function toLine(issue: v.BaseIssue<unknown>, quoteSome: Quote): string {
  const keys = (issue.path ?? []).map((item) => String(item.key))
  if (issue.type === "strict_object" && issue.expected === "never") {
    return `${toPath(keys.slice(0, -1))}/${quoteSome(keys.at(-1) ?? "")}: unknown key`
  }
  const path = toPath(keys)
  if (issue.received === "undefined") return `${path} required`.trimStart()
  const problem = problemOf(issue, quoteSome)
  return path === "" ? problem : `${path}: ${problem}`
}

function toPath(keys: readonly string[]): string {
  return keys.map((key) => `/${quote(key)}`).join("")
}

function problemOf(issue: v.BaseIssue<unknown>, quoteSome: Quote): string {
  if (issue.kind !== "schema" || !issue.message.startsWith("Invalid")) return issue.message
  return `must be ${issue.expected ?? "something else"}, not ${quoteSome(issue.received)}`
}

/**
 * A stranger's text made safe for one line: what is invisible or turns the direction of writing is
 * escaped, and what is longer than `max` is cut.
 */
export function quote(text: string, max: number = MAX_QUOTED): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text
  return cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) =>
    [...Array(char.length).keys()].map((index) => toEscape(char.charCodeAt(index))).join(""),
  )
}

function toEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`
}
