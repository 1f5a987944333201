// The parameters of one call. Urlencoded and multipart values are strings, JSON values have types:
// the accessors take both, as the service does.

import { isRecord } from "./body.ts"
import { badRequest } from "./refusal.ts"

export type Params = ReturnType<typeof createParams>

export function createParams(fields: Readonly<Record<string, unknown>>) {
  const has = (name: string) => Object.hasOwn(fields, name) && fields[name] != null

  function json(name: string): unknown {
    const value = has(name) ? fields[name] : undefined
    if (typeof value !== "string" || value === "") return value === "" ? undefined : value
    try {
      return JSON.parse(value)
    } catch (cause) {
      throw Object.assign(badRequest(`can't parse ${name} JSON object`), { cause })
    }
  }

  return {
    has,
    json,

    text(name: string): string {
      const value = has(name) ? fields[name] : ""
      return typeof value === "string" ? value : JSON.stringify(value)
    },

    integer(name: string, fallback = 0): number {
      const value = has(name) ? Number(fields[name]) : fallback
      return Number.isInteger(value) ? value : fallback
    },

    flag(name: string): boolean {
      const value = has(name) ? fields[name] : false
      return value === true || /^(true|yes|1)$/i.test(String(value))
    },

    list(name: string): readonly unknown[] | undefined {
      const value = json(name)
      if (value !== undefined && !Array.isArray(value))
        throw badRequest(`expected an Array as ${name}`)
      return value
    },

    record(name: string): Record<string, unknown> | undefined {
      const value = json(name)
      if (value !== undefined && !isRecord(value)) throw badRequest(`expected an Object as ${name}`)
      return value
    },
  }
}
