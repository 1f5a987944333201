import type { HealthSnapshot } from "#protocol"
import { type Link, withGateway } from "./connect.ts"

/** The gateway's full health snapshot. */
export function fetchHealth(link: Link): Promise<HealthSnapshot> {
  return withGateway(link, ({ request }) => request("health", {}))
}
