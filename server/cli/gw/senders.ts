// Who may write to the agent, through the gateway.

import type { DroppedSender, MethodResult } from "#protocol"
import { type Link, withGateway } from "./connect.ts"

export type SenderLists = MethodResult<"senders.list"> & { readonly dropped: DroppedSender[] }

/** Who may write, and who wrote and may not. */
export function fetchSenders(link: Link): Promise<SenderLists> {
  return withGateway(link, async ({ request }) => {
    const [lists, { dropped }] = await Promise.all([
      request("senders.list", {}),
      request("status", {}),
    ])
    return { ...lists, dropped }
  })
}

export function changeSender(
  link: Link,
  method: "senders.allow" | "senders.remove",
  sender: { readonly channel: string; readonly id: string },
): Promise<MethodResult<"senders.allow">> {
  return withGateway(link, ({ request }) => request(method, { ...sender }))
}
