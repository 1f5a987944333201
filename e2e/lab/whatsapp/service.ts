// The server between the client and the people: who may log in, and where each stanza of the client goes.

import { type BinaryNode, getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys"
import type { WebSocket } from "ws"
import type { Authority } from "./authority.ts"
import type { CodePairing } from "./code-pairing.ts"
import { type Connection, createConnection, type Login } from "./connection.ts"
import type { Account } from "./directory.ts"
import type { Events } from "./events.ts"
import type { Faults } from "./faults.ts"
import type { Inbound } from "./inbound.ts"
import type { Link } from "./link.ts"
import type { Media } from "./media.ts"
import { uploadAgain } from "./media-retry.ts"
import { attribute, element, firstChild } from "./nodes.ts"
import type { Outbound } from "./outbound.ts"
import type { Pairing } from "./pairing.ts"
import { findQuery, type QueryParts, toUnknown } from "./queries.ts"
import type { Read, Receipt, Typing, Unanswered } from "./records.ts"

/** One connection of the client, for as long as it lasted. */
export type Visit = {
  readonly openedAtMs: number
  closedAtMs: number | undefined
  /** "pairing", "login" or "refused"; undefined before the client said what it wants. */
  purpose: string | undefined
  reason: string | undefined
}

export type ServiceParts = {
  readonly authority: Authority
  readonly owner: Account
  readonly link: Link
  readonly pairing: Pairing
  readonly codes: CodePairing
  readonly faults: Faults
  readonly media: Media
  readonly events: Events
  readonly inbound: Inbound
  readonly outbound: Outbound
  readonly queries: QueryParts
  readonly now: () => number
}

export function createService(parts: ServiceParts) {
  const { authority, owner, link, pairing, codes, faults, events, now } = parts
  const { inbound, media, outbound, queries } = parts
  const visits: Visit[] = []
  const receipts: Receipt[] = []
  const reads: Read[] = []
  const typing: Typing[] = []
  const presence: string[] = []
  const unanswered: Unanswered[] = []
  const visitOf = new Map<Connection, Visit>()

  function accept(socket: WebSocket): void {
    const connection = createConnection({
      socket,
      noise: authority,
      behaviour: faults.behaviour,
      onLogin: welcome,
      onNode: take,
      onClose: (gone, reason) => {
        const visit = visitOf.get(gone)
        if (visit !== undefined) Object.assign(visit, { closedAtMs: now(), reason })
        pairing.leave(gone)
        link.detach(gone)
        events.emit({ type: "change" })
      },
    })
    const visit = {
      openedAtMs: now(),
      closedAtMs: undefined,
      purpose: undefined,
      reason: undefined,
    }
    visits.push(visit)
    visitOf.set(connection, visit)
    events.emit({ type: "change" })
  }

  function welcome(connection: Connection, login: Login): void {
    const failure = faults.takeLoginFailure()
    const registering = Boolean(login.payload.devicePairingData)
    const reason = failure?.reason ?? (registering || isLinked(login) ? undefined : 401)
    const visit = visitOf.get(connection)
    if (visit !== undefined) {
      visit.purpose = reason !== undefined ? "refused" : registering ? "pairing" : "login"
    }
    if (reason !== undefined) {
      const node = element("failure", { reason, expire: failure?.expire, location: "lab" })
      connection.refuse(node)
    } else if (registering) pairing.apply(connection, login)
    else open(connection)
    events.emit({ type: "change" })
  }

  function isLinked({ payload, clientStatic }: Login): boolean {
    const { device } = link
    return (
      device !== undefined &&
      `${payload.username}@s.whatsapp.net` === owner.pn &&
      payload.device === device.number &&
      Buffer.from(device.noiseKey).equals(clientStatic)
    )
  }

  function open(connection: Connection): void {
    link.connection?.refuse(
      element("stream:error", {}, [element("conflict", { type: "replaced" })]),
    )
    link.attach(connection)
    connection.send(
      element("success", { t: seconds(), lid: link.require().lid, props: 27, location: "lab" }),
    )
  }

  async function take(connection: Connection, node: BinaryNode): Promise<void> {
    if (node.tag === "iq") await answer(connection, node)
    else if (link.connection === connection) await STANZAS[node.tag]?.(node)
  }

  async function answer(connection: Connection, iq: BinaryNode): Promise<void> {
    if (iq.attrs["type"] === "result" || iq.attrs["type"] === "error") {
      if (firstChild(iq)?.tag === "pair-device-sign") pairing.complete(connection, iq)
      return
    }
    if (firstChild(iq)?.tag === "link_code_companion_reg") {
      const node = codes.answer(connection, iq)
      if (node !== undefined) connection.send(node)
      return
    }
    const { name, query } = findQuery(iq)
    if (query === undefined) unanswered.push({ query: name, node: iq })
    const node = query === undefined ? toUnknown(iq) : await query(queries, iq)
    if (node !== undefined) connection.send(node)
  }

  const STANZAS: Readonly<Record<string, (node: BinaryNode) => Promise<void> | void>> = {
    message: (node) => outbound.take(node),

    async receipt(node) {
      const { id, to, type, participant } = node.attrs
      receipts.push({ id: attribute(node, "id"), kind: type ?? "delivery", chat: to, atMs: now() })
      if (type === "retry") await retry(node)
      else if (type === "server-error") link.deliver(uploadAgain(node, { inbound, media, owner }))
      else if (type === "read" || type === "read-self") read(node)
      else if (!faults.takeIgnoredReceipt()) link.confirm("message", node)
      link.send(element("ack", { class: "receipt", id, from: to, type, participant, t: seconds() }))
      events.emit({ type: "change" })
    },

    ack(node) {
      const { error } = node.attrs
      const tag = attribute(node, "class")
      if (tag === "message") {
        const kind = error === undefined ? "ack" : `nack ${error}`
        receipts.push({ id: attribute(node, "id"), kind, chat: node.attrs["to"], atMs: now() })
      }
      // 500 says that the client could not use it; what it asked for again is still on its way.
      if (error !== "500") link.confirm(tag, node)
      events.emit({ type: "change" })
    },

    chatstate(node) {
      const entry = { chat: attribute(node, "to"), state: firstChild(node)?.tag ?? "", atMs: now() }
      typing.push(entry)
      events.emit({ type: "typing", typing: entry })
    },

    presence(node) {
      presence.push(node.attrs["type"] ?? "name")
      events.emit({ type: "change" })
    },
  }

  /** What nobody can send again is not waited for. */
  async function retry(receipt: BinaryNode): Promise<void> {
    if (!(await inbound.retry(receipt))) link.confirm("message", receipt)
  }

  function read(receipt: BinaryNode): void {
    const entry = toRead(receipt, now())
    reads.push(entry)
    events.emit({ type: "read", read: entry })
  }

  const seconds = () => Math.floor(now() / 1000)

  return { accept, visits, receipts, reads, typing, presence, unanswered }
}

function toRead(node: BinaryNode, atMs: number): Read {
  const items = getBinaryNodeChildren(getBinaryNodeChild(node, "list"), "item")
  const ids = [attribute(node, "id"), ...items.map((item) => attribute(item, "id"))]
  return { chat: attribute(node, "to"), ids, atMs }
}
