// Small shapes of text and numbers that several tables share.

import * as v from "valibot"
import { LIMITS } from "./limits.ts"

/** A non-empty string of at most `max` UTF-16 units. */
export const shortText = (max: number = LIMITS.maxStringLength) =>
  v.pipe(
    v.string(),
    v.minLength(1, "must not be empty"),
    v.maxLength(max, `must have at most ${max} characters`),
  )

/** A whole number from 0 to 2^53 - 1. */
export const Count = v.pipe(v.number(), v.safeInteger("must be a whole number"), v.minValue(0))

/** Milliseconds since 1970, UTC. */
export const TimestampMs = Count
