// What the configuration says of one group, alike on every channel.

import * as v from "valibot"
import type { GroupRule as Rule } from "./channel.ts"

export const GroupRule: v.GenericSchema<unknown, Rule> = v.strictObject({
  anyone: v.optional(
    v.pipe(v.boolean(), v.description("everybody in it is answered, not only who is allowed")),
    false,
  ),
  mention: v.optional(
    v.pipe(v.boolean(), v.description("it answers only what mentions it or matches a pattern")),
    true,
  ),
  patterns: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1, "must not be empty"))),
      v.description("words that call it as a mention does"),
    ),
    [],
  ),
})
