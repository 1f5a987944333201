import type { StatusSummary } from "#protocol"
import { type Link, withGateway } from "./connect.ts"

/** The gateway's short summary. */
export function fetchStatus(link: Link): Promise<StatusSummary> {
  return withGateway(link, ({ request }) => request("status", {}))
}
