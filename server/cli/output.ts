// What a command writes: data on stdout, everything else on stderr.

import { GatewayError, toErrorShape } from "#protocol"
import { ConfigError } from "../config/config-error.ts"
import { FatalError } from "../host/errors.ts"
import { ClientFailure } from "./gw/failure.ts"
import { UsageError } from "./usage-error.ts"

/** JSON for a person's terminal as well: what could move the cursor or turn the line around is escaped. */
export function toJsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

/** A text of several lines from a stranger: escape codes in it do nothing. */
export function toTerminalText(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g,
    (char) => (char === "\r" ? "" : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
  )
}

/** The document that `--json` prints when a command fails. */
export function toErrorDocument(error: unknown): unknown {
  if (error instanceof GatewayError) {
    const document = { ok: false, error: toErrorShape(error) }
    return error.payload === undefined ? document : { ...document, payload: error.payload }
  }
  const details = detailsOf(error)
  const shape = { code: codeOf(error), message: messageOf(error) }
  return { ok: false, error: details === undefined ? shape : { ...shape, details } }
}

function detailsOf(error: unknown): unknown {
  if (error instanceof ConfigError) return { problems: error.problems }
  return error instanceof ClientFailure ? error.details : undefined
}

function codeOf(error: unknown): string {
  if (error instanceof ClientFailure) return error.kind.replaceAll("-", "_").toUpperCase()
  if (error instanceof UsageError) return "USAGE"
  return error instanceof FatalError ? "FAILED" : "INTERNAL"
}

/** The one line about a failure; of a programmer's error the stack as well. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `internal error: ${String(error)}`
  const expected =
    error instanceof GatewayError ||
    error instanceof ClientFailure ||
    error instanceof UsageError ||
    error instanceof FatalError
  return toTerminalText(
    expected ? error.message : `internal error: ${error.stack ?? error.message}`,
  )
}
