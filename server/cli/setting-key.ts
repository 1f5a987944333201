// The name of a setting as a word of the command line.

import { readKey } from "../config/known-settings.ts"
import { UsageError } from "./usage-error.ts"

export function toPath(key: string): readonly string[] {
  const path = readKey(key)
  if (path !== undefined) return path
  throw new UsageError(
    `${key} is not a key such as gateway.port or channels.whatsapp.groups["1@g.us"].mention`,
  )
}

export function refuseUnknownKey(key: string, nearest: string | undefined): never {
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`
  throw new UsageError(`unknown key: ${key}${hint}`)
}
