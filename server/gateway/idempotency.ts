// What makes two requests the same request (rule I2).

import { createHash } from "node:crypto"
import { GatewayError, invalidRequest, toCanonicalJson } from "#protocol"
import type { Acceptance, KeyedRequest } from "../store/store.ts"

/** The key itself is not part of what it names; keys without a value are as good as missing ones. */
export function toKeyedRequest(params: { readonly idempotencyKey: string }): KeyedRequest {
  const { idempotencyKey, ...rest } = params
  const digest = createHash("sha256").update(toCanonicalJson(rest)).digest("base64url")
  return { key: idempotencyKey, digest }
}

/** The record that a key names; throws for a key that was used for something else, or found no room. */
export function acceptedRecord<Record>(acceptance: Acceptance<Record>): Record {
  switch (acceptance.kind) {
    case "new":
    case "known":
      return acceptance.record
    case "conflict":
      throw invalidRequest(
        "idempotencyKey: was used with other params; choose a new one",
        "idempotency_conflict",
      )
    case "full":
      throw new GatewayError("UNAVAILABLE", "The gateway remembers as many requests as it can.", {
        reason: "over_capacity",
        retryable: true,
        retryAfterMs: 60_000,
      })
  }
}
