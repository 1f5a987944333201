// Reads a column as the type that its table gives it.

import type { Row } from "./database.ts"

export function text(row: Row, column: string): string {
  return String(row[column])
}

export function textOr(row: Row, column: string): string | undefined {
  const value = row[column]
  return value === null || value === undefined ? undefined : String(value)
}

export function integer(row: Row, column: string): number {
  return Number(row[column])
}

export function integerOr(row: Row, column: string): number | undefined {
  const value = row[column]
  return value === null || value === undefined ? undefined : Number(value)
}

/** A column that this program wrote as JSON; nobody else writes to the database. */
export function json<Value>(row: Row, column: string): Value {
  return JSON.parse(text(row, column)) as Value
}

export function jsonOr<Value>(row: Row, column: string): Value | undefined {
  const value = textOr(row, column)
  return value === undefined ? undefined : (JSON.parse(value) as Value)
}
