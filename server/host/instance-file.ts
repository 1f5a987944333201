// `gateway.json` in the state folder: where the running gateway listens. Information only, it may be
// stale; the lock on the state folder is what keeps a second gateway out (rule D2).

import { readFileSync, rmSync } from "node:fs"
import { writeFileAtomically } from "./atomic-file.ts"

export interface Instance {
  readonly pid: number
  readonly port: number
  /** Where it listens, as it stands in a URL; missing where 127.0.0.1 reaches it. */
  readonly address?: string
  readonly webchatPort?: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly version: string
}

export async function writeInstance(path: string, instance: Instance): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(instance)}\n`)
}

/** What the file says, or undefined if there is none or it makes no sense. */
export function readInstance(path: string): Instance | undefined {
  try {
    return toInstance(JSON.parse(readFileSync(path, "utf8")))
  } catch {
    // Missing, unreadable and broken mean the same to a reader: nothing is known.
    return undefined
  }
}

/** Removes the file if it is about the process `pid`; a later gateway's file stays. Never throws. */
export function removeInstance(path: string, pid: number): void {
  if (readInstance(path)?.pid !== pid) return
  try {
    rmSync(path, { force: true })
  } catch {
    // In a folder that cannot be written it goes stale, as after a crash.
  }
}

function toInstance(value: unknown): Instance | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { address, pid, port, webchatPort, startedAt, version } = value as Record<string, unknown>
  if (!isPositive(pid) || !isPositive(port) || port > 65_535) return undefined
  return {
    pid,
    port,
    ...(typeof address === "string" && { address }),
    ...(isPositive(webchatPort) && { webchatPort }),
    startedAt: isPositive(startedAt) ? startedAt : 0,
    version: typeof version === "string" ? version : "",
  }
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0
}
