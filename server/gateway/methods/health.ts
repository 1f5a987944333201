import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `health` (M1): the full snapshot, collected anew. */
export function health({ health }: MethodParts): Handler<"health"> {
  return () => health.read()
}
