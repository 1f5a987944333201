// Which deliveries an operator may still do something about.

import { GatewayError, invalidRequest, quote } from "#protocol"
import type { DeliveryRecord, OutboxStore } from "../../store/store.ts"

/** @throws `INVALID_REQUEST` for one that is over or was never there. */
export async function requireUnsent(outbox: OutboxStore, id: string): Promise<DeliveryRecord> {
  const delivery = await outbox.get(id)
  if (delivery === undefined) throw invalidRequest(`id: there is no delivery ${quote(id)}`)
  if (delivery.state === "sent") throw invalidRequest("id: it has been sent")
  if (delivery.state === "dropped") throw invalidRequest("id: it was taken out of the outbox")
  return delivery
}

/** The store changes nothing about a delivery while it is being sent. */
export function beingSent(): GatewayError {
  return new GatewayError("UNAVAILABLE", "It is being sent at this moment; look again shortly.", {
    retryable: true,
    retryAfterMs: 1_000,
  })
}
