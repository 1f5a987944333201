// The client that is linked to the owner's account: its keys, what waits for it, and the connection it has at the moment.
// All of it outlives connections; only the owner or the client itself ends the link.

import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Bundle, OneTimeKey, SignedKey } from "./bundle.ts"
import type { Connection } from "./connection.ts"
import type { Events } from "./events.ts"
import { element } from "./nodes.ts"

export type Device = {
  readonly number: number
  readonly jid: string
  readonly lid: string
  readonly noiseKey: Uint8Array
  readonly identity: Uint8Array
  registrationId: number
  signedPreKey: SignedKey
  readonly preKeys: Map<number, OneTimeKey>
  /** Whether the first login has had its history. */
  greeted: boolean
}

/** A stanza that the client has not confirmed; the server brings it again at every login. */
export type Pending = { readonly stanza: BinaryNode; deliveries: number }

export type Link = ReturnType<typeof createLink>

export function createLink({ events }: { readonly events: Events }) {
  let device: Device | undefined
  let connection: Connection | undefined
  let active = false
  let pending: Pending[] = []

  const changed = (state: string) => events.emit({ type: "link", state })

  function send(entry: Pending, offline?: number): void {
    entry.deliveries += 1
    const attrs = offline === undefined ? {} : { offline: String(offline) }
    connection?.send({ ...entry.stanza, attrs: { ...entry.stanza.attrs, ...attrs } })
  }

  return {
    get device(): Device | undefined {
      return device
    },
    get connection(): Connection | undefined {
      return connection
    },
    /** Whether stanzas go out at once. */
    get active(): boolean {
      return active
    },
    get pending(): readonly Pending[] {
      return pending
    },

    require(): Device {
      if (device === undefined) throw new Error("No client is linked to the lab's account.")
      return device
    },

    adopt(linked: Device): void {
      device = linked
      pending = []
      changed("linked")
    },

    drop(): void {
      device = undefined
      pending = []
      changed("unlinked")
    },

    attach(current: Connection): void {
      connection = current
      active = false
      changed("connected")
    },

    detach(gone: Connection): void {
      if (connection !== gone) return
      connection = undefined
      active = false
      changed("disconnected")
    },

    /** Tells the client how much waits for it. */
    announce(): void {
      const counts = { count: pending.length, message: pending.length }
      connection?.send(element("ib", {}, [element("offline_preview", counts)]))
    },

    /** From here on stanzas flow; what waited comes first, marked as offline. */
    activate(): void {
      active = true
      const waiting = [...pending]
      for (const [index, entry] of waiting.entries()) send(entry, index)
      connection?.send(element("ib", {}, [element("offline", { count: waiting.length })]))
      changed("active")
    },

    /** Waits in the queue until the client confirms it; a stanza with the same id and sender is replaced. */
    deliver(stanza: BinaryNode): void {
      const entry = { stanza, deliveries: 0 }
      const known = pending.findIndex((other) => isSame(other.stanza, stanza))
      if (known === -1) pending.push(entry)
      else pending[known] = entry
      if (active) send(entry)
      events.emit({ type: "change" })
    },

    /** Sends what is not kept: acks and answers. */
    send(node: BinaryNode): void {
      connection?.send(node)
    },

    /** The very same bytes once more, confirmed or not. */
    repeat(stanza: BinaryNode): void {
      connection?.send(stanza)
    },

    confirm(tag: string, { attrs }: BinaryNode): void {
      pending = pending.filter(
        ({ stanza }) =>
          stanza.tag !== tag || stanza.attrs["id"] !== attrs["id"] || !isFrom(stanza, attrs),
      )
      events.emit({ type: "change" })
    },

    /** The keys others need to write to the client; each call spends a one-time key. */
    fetchBundle(): Bundle {
      if (device === undefined) throw new Error("No client is linked to the lab's account.")
      const { registrationId, identity, signedPreKey, preKeys } = device
      const [preKey] = preKeys.values()
      if (preKey !== undefined) preKeys.delete(preKey.id)
      return { registrationId, identity, signedPreKey, ...(preKey !== undefined && { preKey }) }
    },
  }
}

function isSame(a: BinaryNode, b: BinaryNode): boolean {
  return (
    a.tag === b.tag &&
    ["id", "from", "participant", "type"].every((name) => a.attrs[name] === b.attrs[name])
  )
}

/** A client may leave `to` out, or name the chat of a message that the owner wrote on the phone. */
function isFrom(stanza: BinaryNode, { to, participant, recipient }: BinaryNode["attrs"]): boolean {
  if (to === undefined || recipient !== undefined) return true
  if (participant !== undefined && stanza.attrs["participant"] !== undefined) {
    return participant === stanza.attrs["participant"]
  }
  return to === stanza.attrs["from"] || to === stanza.attrs["recipient"]
}
