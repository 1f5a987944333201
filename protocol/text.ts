// Small shapes of text and numbers that several tables share.

import * as v from "valibot"
import { LIMITS } from "./limits.ts"

// The annotations let a bundler drop the schemas that a page does not use.

/** A non-empty string of at most `max` UTF-16 units. */
/* @__NO_SIDE_EFFECTS__ */
export function shortText(max: number = LIMITS.maxStringLength) {
  return v.pipe(
    v.string(),
    v.minLength(1, "must not be empty"),
    v.maxLength(max, `must have at most ${max} characters`),
  )
}

/** At most `max` items. A longer list is refused unread: a problem for each of its items would fill the memory. */
/* @__NO_SIDE_EFFECTS__ */
export function shortList<const Item extends v.GenericSchema>(item: Item, max: number, of: string) {
  const items = v.array(item)
  const bounded: typeof items = {
    ...items,
    "~run"(dataset, config) {
      if (Array.isArray(dataset.value) && dataset.value.length > max) {
        return { typed: true, value: dataset.value }
      }
      return items["~run"](dataset, config)
    },
  }
  return v.pipe(bounded, v.maxLength(max, `must have at most ${max} ${of}`))
}

/** Arrays are objects to Valibot, which shows where no key is required; to JSON Schema they are not. */
/* @__NO_SIDE_EFFECTS__ */
export function notArray<const Schema extends v.GenericSchema>(schema: Schema): Schema {
  return refusing(schema, Array.isArray)
}

/** A value for each of any number of names, but those that Valibot passes over unread. */
/* @__NO_SIDE_EFFECTS__ */
export function recordOf<const Value extends v.GenericSchema>(value: Value) {
  const name = v.pipe(v.string(), v.regex(/^(?!(?:__proto__|prototype|constructor)$)/))
  return refusing(v.record(name, value), (given) => Array.isArray(given) || hasUnreadKey(given))
}

function hasUnreadKey(value: unknown): boolean {
  const unread = ["__proto__", "prototype", "constructor"]
  return (
    typeof value === "object" && value !== null && unread.some((key) => Object.hasOwn(value, key))
  )
}

function refusing<const Schema extends v.GenericSchema>(
  schema: Schema,
  isRefused: (value: unknown) => boolean,
): Schema {
  const run: Schema["~run"] = (dataset, config) => {
    if (!isRefused(dataset.value)) return schema["~run"](dataset, config)
    v._addIssue(schema, "type", dataset, config)
    return dataset as ReturnType<Schema["~run"]>
  }
  return { ...schema, "~run": run }
}

/** Text with something to see: neither white space nor characters without width alone. */
export const NOT_BLANK = /[^\s\u200B-\u200D\u2060\uFEFF]/

/** A whole number from 0 to 2^53 - 1. */
export const Count = v.pipe(
  v.number(),
  v.safeInteger("must be a whole number"),
  v.minValue(0, "must be at least 0"),
)

/** A number of a row of events: 1, 2, 3, … */
export const SequenceNumber = v.pipe(
  v.number(),
  v.safeInteger("must be a whole number"),
  v.minValue(1, "must be at least 1"),
)

/** Milliseconds since 1970, UTC. */
export const TimestampMs = Count
