// Looks for what no log may hold (fault AU28): secrets in any line, words of messages in lines of level
// info and above.

import type { Logger } from "../host/logger.ts"

export interface LoggedLine {
  /** Missing where a line is no line of the log: then it counts as info. */
  readonly level?: string
  readonly text: string
}

export interface Confidential {
  readonly secrets: readonly string[]
  readonly bodies: readonly string[]
}

/** So much of a secret gives it away. */
const SECRET_PIECE = 16
/** Shorter words stand in a log for other reasons. */
const LEAST_BODY = 12
const BODY_PIECE = 40

/** One sentence for each leak; none repeats what it found. */
export function findLeaks(
  lines: readonly LoggedLine[],
  { secrets, bodies }: Confidential,
): string[] {
  const pieces = new Set(secrets.map((secret) => secret.slice(0, SECRET_PIECE)))
  const short = [...pieces].filter((piece) => piece !== "" && piece.length < SECRET_PIECE)
  const words = new Set(
    bodies
      .filter((body) => body.length >= LEAST_BODY)
      .flatMap((body) => [body, JSON.stringify(body).slice(1, -1)])
      .map((body) => body.slice(0, BODY_PIECE)),
  )
  return lines.flatMap(({ level, text }, index) => [
    ...(holdsPiece(text, pieces) || short.some((secret) => text.includes(secret))
      ? [`line ${index + 1} of the log holds a secret`]
      : []),
    ...(level !== "debug" && [...words].some((body) => text.includes(body))
      ? [`line ${index + 1} of the log (${level}) holds the words of a message`]
      : []),
  ])
}

function holdsPiece(text: string, pieces: ReadonlySet<string>): boolean {
  for (let at = 0; at + SECRET_PIECE <= text.length; at += 1) {
    if (pieces.has(text.slice(at, at + SECRET_PIECE))) return true
  }
  return false
}

/** How bytes look in a log. */
export function toLoggedForms(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes)
  return [
    buffer.toString("base64").replace(/=+$/, ""),
    buffer.toString("base64url"),
    buffer.toString("hex"),
    buffer.toString("hex").toUpperCase(),
  ]
}

/** Passes everything on and keeps it with its level. */
export function createWatchedLogger(log: Logger, lines: LoggedLine[]): Logger {
  const watch =
    (level: "debug" | "info" | "warn" | "error"): Logger["info"] =>
    (message, fields) => {
      lines.push({ level, text: `${message} ${toText(fields)}` })
      log[level](message, fields)
    }
  return {
    debug: watch("debug"),
    info: watch("info"),
    warn: watch("warn"),
    error: watch("error"),
    area: (name) => createWatchedLogger(log.area(name), lines),
  }
}

function toText(fields: unknown): string {
  return (
    JSON.stringify(fields, (_key, value: unknown) =>
      value instanceof Error
        ? { message: value.message, cause: value.cause }
        : typeof value === "bigint"
          ? String(value)
          : value,
    ) ?? ""
  )
}
