// Groups: who is in them, what they are called, and how a change is announced to the client.

import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "./directory.ts"
import type { Link } from "./link.ts"
import { attribute, element, toFailure, toResult } from "./nodes.ts"

export type Addressing = "pn" | "lid"

export type GroupOptions = {
  readonly subject: string
  readonly people: readonly Account[]
  /** How the group names its participants; new ones of the service say "lid". */
  readonly addressing?: Addressing
  /** Digits; made up when not given. */
  readonly id?: string
}

export type Group = {
  readonly id: string
  subject: string
  readonly addressing: Addressing
  /** The owner is in it while the client may write there. */
  members: readonly Account[]
  readonly createdAtS: number
}

export type Groups = ReturnType<typeof createGroups>

export type GroupParts = {
  readonly owner: Account
  readonly link: Link
  readonly nextId: () => string
}

export function createGroups({ owner, link, nextId }: GroupParts) {
  const groups = new Map<string, Group>()

  function announce(group: Group, actor: Account, change: BinaryNode): void {
    const { jid, alternative } = toAddress(actor, group.addressing)
    link.deliver(
      element(
        "notification",
        {
          from: group.id,
          type: "w:gp2",
          id: nextId(),
          participant: jid,
          ...alternative,
          addressing_mode: group.addressing,
          t: seconds(),
          notify: actor.name,
        },
        [change],
      ),
    )
  }

  return {
    find: (id: string): Group | undefined => groups.get(id),
    list: (): Group[] => [...groups.values()],

    add({ subject, people, addressing = "lid", id }: GroupOptions): Group {
      const group: Group = {
        id: `${id ?? `120363${String(groups.size + 1).padStart(12, "0")}`}@g.us`,
        subject,
        addressing,
        members: [owner, ...people],
        createdAtS: seconds(),
      }
      groups.set(group.id, group)
      return group
    },

    rename(group: Group, actor: Account, subject: string): void {
      group.subject = subject
      announce(group, actor, element("subject", { subject, s_t: seconds() }))
    },

    join(group: Group, actor: Account, account: Account): void {
      group.members = [...group.members, account]
      announce(group, actor, element("add", {}, [toParticipant(account, group.addressing)]))
    },

    leave(group: Group, actor: Account, account: Account): void {
      group.members = group.members.filter((member) => member !== account)
      announce(group, actor, element("remove", {}, [toParticipant(account, group.addressing)]))
    },

    answerQuery(iq: BinaryNode): BinaryNode {
      const group = groups.get(attribute(iq, "to"))
      if (group === undefined) return toFailure(iq, 404, "item-not-found")
      if (!group.members.includes(owner)) return toFailure(iq, 403, "forbidden")
      return toResult(iq, [toGroupNode(group)])
    },

    toListNode(): BinaryNode {
      const own = [...groups.values()].filter(({ members }) => members.includes(owner))
      return element("groups", {}, own.map(toGroupNode))
    },
  }
}

/** How an account appears in a place of this addressing: its jid there, and the other one beside it. */
export function toAddress({ pn, lid }: Account, addressing: Addressing) {
  return addressing === "pn" && pn !== undefined
    ? { jid: pn, alternative: { participant_lid: lid } }
    : { jid: lid, alternative: { participant_pn: pn } }
}

function toGroupNode(group: Group): BinaryNode {
  const { id, subject, addressing, members, createdAtS } = group
  return element(
    "group",
    {
      id: id.slice(0, id.indexOf("@")),
      subject,
      s_t: createdAtS,
      creation: createdAtS,
      addressing_mode: addressing,
      size: members.length,
    },
    members.map((member) => toParticipant(member, addressing)),
  )
}

function toParticipant({ pn, lid }: Account, addressing: Addressing): BinaryNode {
  return addressing === "pn" && pn !== undefined
    ? element("participant", { jid: pn, lid })
    : element("participant", { jid: lid, phone_number: pn })
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
