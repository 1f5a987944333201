// A log that keeps its lines, of every level, for a test to read.

import type { Logger } from "../host/logger.ts"

export function createRecordingLogger(lines: string[]): Logger {
  const record = (...words: unknown[]) => void lines.push(JSON.stringify(words))
  const log: Logger = { debug: record, info: record, warn: record, error: record, area: () => log }
  return log
}
