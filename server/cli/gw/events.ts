// Events as they come, until the user has seen enough.

import { type EventFrame, RUNS_CAPABILITY } from "#protocol"
import { connect, type Link } from "./connect.ts"
import { waitFor } from "./wait.ts"

export interface FollowOptions {
  /** Missing means all. */
  readonly names?: readonly string[]
  readonly onEvent: (frame: EventFrame) => void
  readonly onGap: (lost: number) => void
  /** Names that this gateway has no event for. */
  readonly onUnknownNames: (unknown: readonly string[], known: readonly string[]) => never
}

/** Ends only by `link.signal` or with the connection. */
export async function followEvents(link: Link, options: FollowOptions): Promise<never> {
  const { names, onEvent, onGap, onUnknownNames } = options
  const connection = await connect(link, {
    caps: [RUNS_CAPABILITY],
    onGap,
    onEvent(frame) {
      if (names === undefined || names.includes(frame.event)) onEvent(frame)
    },
  })
  try {
    const known = connection.helloOk.features.events
    const unknown = (names ?? []).filter((name) => !known.includes(name))
    if (unknown.length > 0) onUnknownNames(unknown, known)
    return await waitFor(connection.lost, { signal: link.signal })
  } finally {
    connection.close()
  }
}
