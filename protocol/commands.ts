// Messages that the gateway answers itself, alike on every surface (rule M14).

import * as v from "valibot"

export const Command = v.object({
  /** Without the slash. */
  name: v.string(),
  /** What may follow it, for people: `off|low|high`. */
  args: v.optional(v.string()),
  description: v.string(),
})
export type Command = v.InferOutput<typeof Command>

export const CommandList = v.object({ commands: v.array(Command) })
