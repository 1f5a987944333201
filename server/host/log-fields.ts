// What callers give to the log, made fit for a line: plain, bounded, without secrets, and unable to
// move a reader's cursor.

import type { LogFields } from "./logger.ts"
import { toOneLine } from "./terminal.ts"

const MAX_DEPTH = 4
const MAX_ITEMS = 50
const MAX_TEXT = 4_096

export type PlainFields = Readonly<Record<string, unknown>>

export function toPlainFields(fields: LogFields, redact: (text: string) => string): PlainFields {
  return toPlain(fields, redact, 0) as PlainFields
}

/** A text for the log: cut, redacted, on one line. */
export function toPlainText(text: string, redact: (text: string) => string): string {
  // Redacted before it is cut, or half a secret would be left at the end.
  const clean = redact(text)
  return toOneLine(clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean)
}

function toPlain(value: unknown, redact: (text: string) => string, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return toPlainText(value, redact)
    case "number":
    case "bigint": {
      const text = String(value)
      return typeof value === "number" && Number.isFinite(value) && redact(text) === text
        ? value
        : redact(text)
    }
    case "boolean":
    case "undefined":
      return value
    case "object":
      return value === null ? null : toPlainObject(value, redact, depth)
    default:
      return `(${typeof value})`
  }
}

function toPlainObject(value: object, redact: (text: string) => string, depth: number): unknown {
  if (value instanceof Error) return toPlainError(value, redact, depth)
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? "(list)" : "(object)"
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => toPlain(item, redact, depth + 1))
    if (value.length > MAX_ITEMS) items.push(`(${value.length - MAX_ITEMS} more)`)
    return items
  }
  const entries = Object.entries(value)
  const plain = entries
    .slice(0, MAX_ITEMS)
    .map(([key, item]) => [toPlainText(key, redact), toPlain(item, redact, depth + 1)])
  return Object.fromEntries(plain)
}

function toPlainError(error: Error, redact: (text: string) => string, depth: number): unknown {
  return {
    message: toPlainText(error.message, redact),
    ...("code" in error && { code: toPlain(error.code, redact, MAX_DEPTH) }),
    ...(error.stack !== undefined && { stack: toPlainText(error.stack, redact) }),
    ...(error.cause !== undefined &&
      depth < MAX_DEPTH && { cause: toPlain(error.cause, redact, depth + 1) }),
  }
}
