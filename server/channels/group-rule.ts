// What the configuration says of one group, alike on every channel.

import * as v from "valibot"
import type { GroupRule as Rule } from "./channel.ts"

export const GroupRule: v.GenericSchema<unknown, Rule> = v.strictObject({
  anyone: v.optional(v.boolean(), false),
  mention: v.optional(v.boolean(), true),
  patterns: v.optional(v.array(v.pipe(v.string(), v.minLength(1, "must not be empty"))), []),
})
