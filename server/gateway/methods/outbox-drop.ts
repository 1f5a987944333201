import { GatewayError, toErrorShape } from "#protocol"
import type { Handler } from "../dispatch.ts"
import { beingSent, requireUnsent } from "./delivery.ts"
import type { MethodParts } from "./parts.ts"

/** `outbox.drop` (M16): takes out what waits, failed, or is in doubt. */
export function outboxDrop({ health, store }: MethodParts): Handler<"outbox.drop"> {
  return async ({ id }) => {
    await requireUnsent(store.outbox, id)
    const error = new GatewayError(
      "UNAVAILABLE",
      "An operator took the message out of the outbox.",
      {
        reason: "aborted",
        retryable: false,
      },
    )
    if (!(await store.outbox.drop(id, { ok: false, error: toErrorShape(error) }))) throw beingSent()
    health.touched()
    return { id }
  }
}
