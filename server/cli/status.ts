// `status` for people: the health, what runs and waits, who was turned away, and how to get here from afar.

import { hostname, userInfo } from "node:os"
import type { HealthSnapshot, StatusSummary } from "#protocol"
import { toOneLine } from "../host/terminal.ts"
import { toAge } from "./age.ts"
import { type Link, withGateway } from "./gw/connect.ts"
import { row, toHealthLines } from "./health.ts"
import { commandsFor } from "./outbox.ts"
import { describeDropped } from "./senders.ts"

export interface Overview {
  readonly health: HealthSnapshot
  readonly summary: StatusSummary
  readonly url: string
  /** The gateway let us in without one. */
  readonly tokenSent: boolean
}

/** Both snapshots over one connection. */
export function fetchOverview(link: Link): Promise<Overview> {
  return withGateway(link, async ({ request }) => {
    const [health, summary] = await Promise.all([request("health", {}), request("status", {})])
    return { health, summary, url: link.url, tokenSent: link.token !== undefined }
  })
}

export function toStatusText({ health, summary, url, tokenSent }: Overview): string {
  const now = health.ts
  const { runs, sessions, dropped, inbox, unknown, queuedSystemEvents, notices } = summary
  const lines = [
    ...toHealthLines({ health, url }),
    row("runs", `${runs.active} active, ${runs.queued} queued`),
    row("inbox", `${inbox.pending} pending, ${inbox.expired} came too late for an answer`),
    ...list("recent sessions", sessions.recent, ({ key, ageMs }) => [
      `${key}, ${toAge(ageMs)} ago`,
    ]),
    ...list("notes for the agent", queuedSystemEvents, (text) => [text]),
    ...list("turned away (nobody allowed them)", dropped, (sender) => describeDropped(sender, now)),
    ...list("deliveries of unknown outcome", unknown, ({ id, channel, to, at, error }) => [
      `${id}: ${channel} ${to}, ${toAge(now - at)} ago${error === undefined ? "" : `: ${error}`}`,
      ...commandsFor({ id, state: "unknown" }),
    ]),
    ...list("notices", notices, ({ text, ts }) => [`${toAge(now - ts)} ago: ${text}`]),
    ...(tokenSent
      ? []
      : [
          "",
          "No token is needed here: every user of this machine may connect. To change that:",
          "  clawdis token new",
        ]),
    ...describeRemote(url),
  ]
  return `${lines.join("\n")}\n`
}

function list<Item>(
  title: string,
  items: readonly Item[],
  toLines: (item: Item) => readonly string[],
): readonly string[] {
  if (items.length === 0) return []
  return [`  ${title}`, ...items.flatMap(toLines).map((line) => `    ${toOneLine(line)}`)]
}

/** How to reach a gateway that listens on this machine alone; the page is on the control port as well. */
function describeRemote(url: string): readonly string[] {
  const { hostname: host, port } = new URL(url)
  if (host !== "127.0.0.1" && host !== "localhost" && host !== "[::1]") return []
  return [
    "",
    "From another machine:",
    `  ssh -N -L ${port}:127.0.0.1:${port} ${userInfo().username}@${hostname()}`,
    `  then open http://127.0.0.1:${port}/`,
  ]
}
