// What every part writes its log through; host/log.ts makes the real one.

export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** The same log under the name of one part of the program. */
  area(name: string): Logger
}

function drop(): void {
  return
}

/** A log that nobody reads. */
export const silentLogger: Logger = {
  debug: drop,
  info: drop,
  warn: drop,
  error: drop,
  area: () => silentLogger,
}
