import { UsageError } from "./usage-error.ts"

/** The params of `gw:call`, as JSON on the command line. */
export function parseParams(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`params are not JSON: ${why}`)
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError("params must be an object")
  }
  return { ...value }
}
