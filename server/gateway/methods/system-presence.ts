import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `system-presence` (M3): who is here, newest first. */
export function systemPresence({ presence }: MethodParts): Handler<"system-presence"> {
  return async () => presence.list()
}
