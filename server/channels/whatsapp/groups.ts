// What we know of groups: their names, and whether we are in them. Bounded, and asked for anew when it
// may have changed.

import { GatewayError } from "#protocol"
import type { Clock } from "../../host/clock.ts"
import { settledOrAborted } from "../lanes.ts"
import type { BoundedCache } from "./bounded-cache.ts"
import { readPersonJid } from "./jid.ts"
import type { GroupMetadata, Socket } from "./library.ts"
import type { Account } from "./reading.ts"

const NAME_WITHIN_MS = 2_000

export interface Groups {
  /** The group's name; undefined if it cannot be had soon. */
  title(id: string, socket: Socket | undefined): Promise<string | undefined>
  /** Rejects with a GatewayError if we are not in the group, or with what kept us from asking. */
  requireMember(id: string, socket: Socket): Promise<void>
}

export interface GroupParts {
  readonly account: Account
  readonly clock: Clock
  /** The one that the socket uses, too. */
  readonly cache: BoundedCache
  /** Groups whose name could not be had. */
  readonly unknown: BoundedCache
}

export function createGroups({ account, clock, cache, unknown }: GroupParts): Groups {
  async function read(id: string, socket: Socket): Promise<GroupMetadata> {
    const known = cache.get<GroupMetadata>(id)
    if (known !== undefined) return known
    const group = await socket.readGroup(id)
    cache.set(id, group)
    return group
  }

  return {
    async title(id, socket) {
      const known = cache.get<GroupMetadata>(id)
      if (known !== undefined) return known.subject
      if (socket === undefined || unknown.get(id) === true) return undefined
      const late = new AbortController()
      const timer = clock.after(NAME_WITHIN_MS, () => late.abort())
      let title: string | undefined
      const reading = read(id, socket).then(({ subject }) => {
        title = subject
      })
      await settledOrAborted(reading, late.signal)
      timer.cancel()
      // Whether it fails, now or later, is told by the missing name.
      reading.catch(() => undefined)
      if (title === undefined && cache.get(id) === undefined) unknown.set(id, true)
      return title
    },
    async requireMember(id, socket) {
      const { participants } = await read(id, socket)
      const isIn = participants.some((participant) =>
        [participant.id, participant.lid, participant.phoneNumber].some((jid) => {
          const person = readPersonJid(jid)
          return person?.kind === "person"
            ? person.number === account.number
            : person !== undefined && person.lid === account.lid
        }),
      )
      if (!isIn) throw notInGroup()
    },
  }
}

export function notInGroup(providerCode?: number): GatewayError {
  return new GatewayError("UNAVAILABLE", "This WhatsApp account is not in that group.", {
    reason: "not_in_group",
    retryable: false,
    ...(providerCode !== undefined && { details: { providerCode } }),
  })
}
