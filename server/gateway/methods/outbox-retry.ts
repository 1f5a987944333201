import { invalidRequest } from "#protocol"
import type { Handler } from "../dispatch.ts"
import { beingSent, requireUnsent } from "./delivery.ts"
import type { MethodParts } from "./parts.ts"

/** `outbox.retry` (M16): sends again what failed, and with `force` what may have arrived. */
export function outboxRetry({ clock, outbox, store }: MethodParts): Handler<"outbox.retry"> {
  return async ({ force, id }) => {
    const delivery = await requireUnsent(store.outbox, id)
    if (delivery.state === "pending") return { id }
    if (delivery.state === "unknown" && force !== true) {
      throw invalidRequest(
        "It may have arrived already, and would then be there twice. To send it all the same, add force.",
        "outcome_unknown",
      )
    }
    if (!(await store.outbox.retry(id, clock.now()))) throw beingSent()
    outbox.added(delivery, { waitsForChannel: true })
    return { id }
  }
}
