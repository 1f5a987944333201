// The daemon's log: lines for people on stdout, JSON lines with everything in a file, the latest in memory. Neither a full
// disk nor a reader who left may stop the gateway, and no line holds a secret.

import { randomUUID } from "node:crypto"
import type { Writable } from "node:stream"
import { pino } from "pino"
import type { Clock } from "./clock.ts"
import { type PlainFields, toPlainFields, toPlainText } from "./log-fields.ts"
import { type LogFile, openLogFile } from "./log-file.ts"
import { LOG_LEVELS, type LogLevel } from "./log-levels.ts"
import { createLogTail, type LogTail } from "./log-tail.ts"
import type { LogFields, Logger } from "./logger.ts"
import { createRedactor } from "./redact.ts"

export interface LogOptions {
  readonly stdout: Writable
  /** The least level shown on stdout; the file always has debug. */
  readonly level: LogLevel
  /** Missing means stdout only. */
  readonly file?: string
  readonly maxMb: number
  /** How many rotated files stay. */
  readonly keep?: number
  /** Mirrors debug to stdout. */
  readonly verbose: boolean
  readonly secrets: readonly string[]
  readonly clock: Clock
  /** Escape codes on stdout; see `wantsColor`. */
  readonly color?: boolean
}

export interface Log {
  readonly logger: Logger
  /** The latest lines of all levels. */
  readonly tail: Pick<LogTail, "read">
  /** Returns when every line is with the system. */
  flush(): void
  /** Opens the file again, for those who rotate from outside (SIGHUP). */
  reopen(): void
  /** The least level shown on stdout from now on. */
  setLevel(level: LogLevel): void
  /** From now on this text appears in no line. */
  addSecret(secret: string): void
}

/** A stdout that nobody reads may hold this much; later lines are dropped from it. */
const MAX_STDOUT_WAITING = 1024 * 1024

export function createLog(options: LogOptions): Log {
  const { stdout, clock, maxMb, keep = 3, color = false } = options
  const redactor = createRedactor(options.secrets)
  let level = options.level
  const isShown = (of: LogLevel) =>
    LOG_LEVELS.indexOf(of) >= LOG_LEVELS.indexOf(options.verbose ? "debug" : level)
  const tail = createLogTail({ process: randomUUID(), redact: redactor.redact })
  let stdoutGone = false

  stdout.on("error", () => {
    // EPIPE and its like: the reader left, the file goes on.
    stdoutGone = true
  })

  function show(level: LogLevel, area: string, text: string, fields: PlainFields): void {
    if (stdoutGone || stdout.writableLength > MAX_STDOUT_WAITING) return
    stdout.write(toHumanLine({ ts: clock.now(), level, area, text, fields, color }))
  }

  const file = options.file === undefined ? undefined : openFile(options.file)
  const json = file === undefined ? undefined : createJsonLog(file, clock)

  function openFile(path: string): LogFile {
    return openLogFile({
      path,
      maxBytes: maxMb * 1024 * 1024,
      keep,
      clock,
      report: (problem) =>
        problem === undefined
          ? show("info", "log", "the log file is written again", {})
          : show("error", "log", `${problem}; going on with stdout alone`, {}),
    })
  }

  function write(level: LogLevel, area: string, message: string, given: LogFields = {}): void {
    const text = toPlainText(message, redactor.redact)
    const fields = toPlainFields(given, redactor.redact)
    json?.[level]({ area, fields }, text)
    tail.add({ ts: clock.now(), level, area, text: withFields(text, fields) })
    if (isShown(level)) show(level, area, text, fields)
  }

  function toLogger(area: string): Logger {
    return {
      debug: (message, fields) => write("debug", area, message, fields),
      info: (message, fields) => write("info", area, message, fields),
      warn: (message, fields) => write("warn", area, message, fields),
      error: (message, fields) => write("error", area, message, fields),
      area: toLogger,
    }
  }

  return {
    logger: toLogger("gateway"),
    tail,
    flush: () => file?.flush(),
    reopen: () => file?.reopen(),
    setLevel(next) {
      level = next
    },
    addSecret: redactor.addSecret,
  }
}

function createJsonLog(file: LogFile, clock: Clock) {
  return pino(
    {
      level: "debug",
      base: null,
      messageKey: "text",
      timestamp: () => `,"ts":${clock.now()}`,
      formatters: {
        level: (label) => ({ level: label }),
        log: ({ area, fields }) => ({ area, ...(isEmpty(fields) ? {} : { fields }) }),
      },
    },
    { write: file.write },
  )
}

function isEmpty(fields: unknown): boolean {
  return typeof fields === "object" && fields !== null && Object.keys(fields).length === 0
}

interface HumanLine {
  readonly ts: number
  readonly level: LogLevel
  readonly area: string
  readonly text: string
  readonly fields: PlainFields
  readonly color: boolean
}

const COLORS: Readonly<Record<LogLevel, string>> = {
  debug: "2",
  info: "32",
  warn: "33",
  error: "31",
}

function toHumanLine({ ts, level, area, text, fields, color }: HumanLine): string {
  const name = level.padEnd(5)
  const shownLevel = color ? `\u001b[${COLORS[level]}m${name}\u001b[0m` : name
  return `${[toLocalTime(ts), shownLevel, area, withFields(text, fields)].join(" ")}\n`
}

function withFields(text: string, fields: PlainFields): string {
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${toHumanValue(value)}`)
  return [text, ...rest].join(" ")
}

/** An error's stack is for the file. */
function toHumanValue(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value && "stack" in value) {
    return JSON.stringify(value.message)
  }
  if (typeof value === "string") return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value)
  return JSON.stringify(value) ?? "undefined"
}

/** ISO 8601 in the machine's own zone, as `date -Iseconds` writes it but with milliseconds. */
function toLocalTime(ts: number): string {
  const offset = -new Date(ts).getTimezoneOffset()
  const local = new Date(ts + offset * 60_000).toISOString().slice(0, -1)
  const hours = String(Math.trunc(Math.abs(offset) / 60)).padStart(2, "0")
  const minutes = String(Math.abs(offset) % 60).padStart(2, "0")
  return `${local}${offset < 0 ? "-" : "+"}${hours}:${minutes}`
}
