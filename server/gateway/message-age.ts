// How old a message is, whatever the machine's clock says or is set to.

import type { InboundMessage } from "../channels/channel.ts"
import type { InboxRecord } from "../store/store.ts"

/**
 * How old it was when it came, and for how long it has waited since: a clock that is set while messages
 * wait makes none of them too old.
 */
export function ageOf({ message, receivedAt, waitedMs }: InboxRecord<InboundMessage>): number {
  return ageAtArrival(message, receivedAt) + waitedMs
}

/** By the service's own clock where it is known: ours may be wrong by days. */
export function ageAtArrival({ servedAt, ts }: InboundMessage, receivedAt: number): number {
  return Math.max((servedAt ?? receivedAt) - ts, 0)
}
