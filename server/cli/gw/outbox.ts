// What is not sent yet or may not have arrived, through the gateway.

import type { OutboxRow } from "#protocol"
import { type Link, withGateway } from "./connect.ts"

export function fetchOutbox(link: Link): Promise<{ readonly deliveries: readonly OutboxRow[] }> {
  return withGateway(link, ({ request }) => request("outbox.list", {}))
}

/** Sends it again; what may have arrived only with `force`. */
export function retryDelivery(
  link: Link,
  id: string,
  { force }: { readonly force: boolean },
): Promise<{ readonly id: string }> {
  return withGateway(link, ({ request }) =>
    request("outbox.retry", { id, ...(force && { force: true }) }),
  )
}

export function dropDelivery(link: Link, id: string): Promise<{ readonly id: string }> {
  return withGateway(link, ({ request }) => request("outbox.drop", { id }))
}
