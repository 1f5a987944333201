// The latest lines of the log, in memory, for whoever looks at them over the wire. It holds what the file
// gets: redacted, cut, one line each.

import { LOG_LEVELS, type LogLevel } from "./log-levels.ts"

export interface LogLine {
  readonly ts: number
  readonly level: LogLevel
  readonly area: string
  readonly text: string
}

export interface LogTailPage {
  /** Oldest first. */
  readonly lines: readonly LogLine[]
  /** Leads to what is written from now on, or to the rest of what did not fit. */
  readonly cursor: string
}

export interface LogTailReadOptions {
  /** Without one the latest lines are given; with that of an earlier page, what came behind it. */
  readonly cursor?: string | undefined
  readonly limit: number
  readonly minLevel?: LogLevel | undefined
  /** Of the lines as JSON. */
  readonly maxBytes: number
}

export interface LogTail {
  add(line: LogLine): void
  /** Undefined if the cursor is none that a log tail gave. */
  read(options: LogTailReadOptions): LogTailPage | undefined
}

export interface LogTailOptions {
  /** Tells this process from the one before, whose cursors lead to the oldest line. */
  readonly process: string
  /** A secret may become known after a line with it was written. */
  readonly redact?: (text: string) => string
  readonly maxLines?: number
  /** Of all texts together, in UTF-16 units. */
  readonly maxLength?: number
}

/** A longer line is cut; the file has it whole. */
const MAX_LINE_LENGTH = 2_000

export function createLogTail({
  process,
  redact = (text) => text,
  maxLines = 5_000,
  maxLength = 1_000_000,
}: LogTailOptions): LogTail {
  const kept: LogLine[] = []
  let keptLength = 0
  /** The number of the line at `kept[0]`. */
  let first = 0

  function forgetOldest(): void {
    keptLength -= kept.shift()?.text.length ?? 0
    first += 1
  }

  /** Where in `kept` the reading begins. */
  function place(cursor: string): number | undefined {
    const [, owner, number] = /^([\w-]{1,64})\.(\d{1,15})$/.exec(cursor) ?? []
    if (owner === undefined) return undefined
    return owner === process ? Math.min(Math.max(0, Number(number) - first), kept.length) : 0
  }

  return {
    add(line) {
      const { text } = line
      const cut = text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}…` : text
      kept.push({ ...line, text: cut.toWellFormed() })
      keptLength += cut.length
      while (kept.length > maxLines || keptLength > maxLength) forgetOldest()
    },
    read({ cursor, limit, maxBytes, minLevel = "debug" }) {
      const start = cursor === undefined ? undefined : place(cursor)
      if (cursor !== undefined && start === undefined) return undefined
      const least = LOG_LEVELS.indexOf(minLevel)
      const lines: LogLine[] = []
      let bytes = 0

      /** False when the page is full. */
      function take(at: number): boolean {
        const line = kept[at]
        if (line === undefined || LOG_LEVELS.indexOf(line.level) < least) return true
        const clean = { ...line, text: redact(line.text) }
        bytes += Buffer.byteLength(JSON.stringify(clean)) + 1
        if (lines.length >= limit || bytes > maxBytes) return false
        lines.push(clean)
        return true
      }

      if (start === undefined) {
        let at = kept.length - 1
        while (at >= 0 && take(at)) at -= 1
        return { lines: lines.reverse(), cursor: `${process}.${first + kept.length}` }
      }
      let at = start
      while (at < kept.length && take(at)) at += 1
      return { lines, cursor: `${process}.${first + at}` }
    },
  }
}
