// What may be written to a terminal, and what to a pipe.

import type { Writable } from "node:stream"

/** Escape codes are for terminals, and not for people who set NO_COLOR. */
export function wantsColor(
  stream: Writable,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const noColor = environment["NO_COLOR"]
  if (noColor !== undefined && noColor !== "") return false
  return "isTTY" in stream && stream.isTTY === true && environment["TERM"] !== "dumb"
}

/** A stranger's text for one line: what could move the cursor or turn the line around is escaped. */
export function toOneLine(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
    /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (char) => NAMED[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }
