import { COMMANDS } from "../commands.ts"
import type { Handler } from "../dispatch.ts"

/** `commands.list` (M14): the messages that the gateway answers itself. */
export function commandsList(): Handler<"commands.list"> {
  return async () => ({ commands: [...COMMANDS] })
}
