// Fields of protobuf messages as valibot reads them: what is missing may be null, and numbers of 64 bits
// may come as their two halves.

import * as v from "valibot"

const UINT32 = 2 ** 32

export const Text = optional(v.string())
export const Bytes = optional(v.instance(Uint8Array))
export const Flag = v.nullish(v.boolean(), false)

/** A count or a time. What is negative, too large to be exact or no number at all counts as missing. */
export const Count = v.pipe(
  v.nullish(v.union([v.number(), v.nan(), v.object({ low: v.number(), high: v.number() })])),
  v.transform((value) => {
    const count =
      typeof value === "object" && value !== null ? value.high * UINT32 + (value.low >>> 0) : value
    return Number.isSafeInteger(count) && Number(count) >= 0 ? Number(count) : undefined
  }),
)

/** Null stands for nothing, too. */
export function optional<Schema extends v.GenericSchema>(schema: Schema) {
  return v.pipe(
    v.nullish(schema),
    v.transform((value): v.InferOutput<Schema> | undefined => value ?? undefined),
  )
}
