import type { ToolPart } from "#protocol"

export type CallState = "running" | "ok" | "failed" | "unknown"

/** Of a run that is over, what did not end is not known. */
export function stateOf({ ok, endedAt }: ToolPart, live: boolean): CallState {
  if (ok !== undefined) return ok ? "ok" : "failed"
  return live && endedAt === undefined ? "running" : "unknown"
}
