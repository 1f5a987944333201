// What the client sends: acked by the server, opened by every recipient's own endpoint, receipted by them.

import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  jidNormalizedUser,
  proto,
  unpadRandomMax16,
} from "@whiskeysockets/baileys"
import { toKeyNodes, toRegistrationNode } from "./bundle.ts"
import type { Account, Directory } from "./directory.ts"
import type { Sealed } from "./endpoint.ts"
import type { Events } from "./events.ts"
import type { AckFault, Faults } from "./faults.ts"
import { type Groups, toAddress } from "./groups.ts"
import type { Link } from "./link.ts"
import type { Media } from "./media.ts"
import { readContent } from "./message-content.ts"
import { attribute, element } from "./nodes.ts"
import type { Attempt, Received } from "./records.ts"

export type OutboundParts = {
  readonly directory: Directory
  readonly owner: Account
  readonly groups: Groups
  readonly link: Link
  readonly faults: Faults
  readonly events: Events
  readonly media: Media
  readonly now: () => number
}

/** One recipient of one stanza. */
type Target = {
  readonly account: Account
  /** How receipts of this recipient name it: `from`, in groups with a participant. */
  readonly address: Readonly<Record<string, string>>
  readonly enc: BinaryNode
}

const MAX_RETRIES = 5

export type Outbound = ReturnType<typeof createOutbound>

export function createOutbound(parts: OutboundParts) {
  const { directory, owner, groups, link, faults, events, media, now } = parts
  const attempts: Attempt[] = []
  const received = new Map<Account, Received[]>()
  const retries = new Map<string, number>()
  const blind = new Map<Account, number>()
  const failures: string[] = []

  const seconds = () => Math.floor(now() / 1000)

  function receivedBy(account: Account): Received[] {
    const known = received.get(account) ?? []
    received.set(account, known)
    return known
  }

  async function record(account: Account, stanza: BinaryNode, message: proto.IMessage) {
    const id = attribute(stanza, "id")
    const list = receivedBy(account)
    const known = list.find((entry) => entry.id === id)
    if (known !== undefined) {
      known.copies += 1
      events.emit({ type: "change" })
      return
    }
    const copy = message.deviceSentMessage
    const chat = copy?.destinationJid ?? attribute(stanza, "to")
    const inner = copy?.message ?? message
    const content = await readContent(media, inner)
    const entry = { id, chat, byClient: true, atMs: now(), ...content, message: inner, copies: 1 }
    list.push(entry)
    events.emit({ type: "received", lid: account.lid, message: entry })
  }

  function targetsOf(stanza: BinaryNode): Target[] {
    const to = attribute(stanza, "to")
    const list = getBinaryNodeChildren(getBinaryNodeChild(stanza, "participants"), "to")
    const single = getBinaryNodeChild(stanza, "enc")
    const jid = stanza.attrs["participant"] ?? to
    const pairs =
      list.length > 0
        ? list.map((node) => ({
            jid: attribute(node, "jid"),
            enc: getBinaryNodeChild(node, "enc"),
          }))
        : [{ jid, enc: single?.attrs["type"] === "skmsg" ? undefined : single }]
    return pairs.flatMap(({ jid: target, enc }) => {
      const account = directory.find(target)
      if (account === undefined || enc === undefined) return []
      const plain = jidNormalizedUser(target)
      const address: Record<string, string> = to.endsWith("@g.us")
        ? { from: to, participant: plain }
        : account === owner
          ? { from: plain, recipient: to }
          : { from: plain }
      return [{ account, address, enc }]
    })
  }

  async function open(stanza: BinaryNode, { account, enc }: Target): Promise<proto.IMessage> {
    const left = blind.get(account) ?? 0
    if (left > 0) {
      blind.set(account, left - 1)
      throw new Error("The lab was asked not to decrypt this.")
    }
    const { lid } = link.require()
    const { type } = enc.attrs
    const ciphertext = bytesOf(enc)
    const bytes =
      type === "skmsg"
        ? await account.endpoint.openFromGroup(attribute(stanza, "to"), lid, ciphertext)
        : await account.endpoint.open(lid, { type: type as Sealed["type"], ciphertext })
    return proto.Message.decode(unpadRandomMax16(bytes))
  }

  async function deliver(stanza: BinaryNode, target: Target): Promise<void> {
    const message = await open(stanza, target)
    const key = message.senderKeyDistributionMessage
    const bytes = key?.axolotlSenderKeyDistributionMessage
    if (key && bytes) {
      const group = key.groupId ?? attribute(stanza, "to")
      await target.account.endpoint.adoptSenderKey(group, link.require().lid, bytes)
    }
    const { senderKeyDistributionMessage: _, messageContextInfo: __, ...content } = message
    if (Object.keys(content).length > 0) await confirm(stanza, target, message)
  }

  async function confirm(stanza: BinaryNode, target: Target, message: proto.IMessage) {
    // What a client asks of its own phone is not a message to anybody.
    if (stanza.attrs["category"] === "peer") return
    await record(target.account, stanza, message)
    if (target.account === owner) return
    link.deliver(element("receipt", { ...target.address, id: stanza.attrs["id"], t: seconds() }))
  }

  /** Everybody in the group reads the part that is sealed once for all. */
  function groupTargetsOf(stanza: BinaryNode): Target[] {
    const enc = getBinaryNodeChild(stanza, "enc")
    if (enc?.attrs["type"] !== "skmsg") return []
    const from = attribute(stanza, "to")
    const { members = [], addressing = "lid" } = groups.find(from) ?? {}
    return members.map((account) => {
      const address = { from, participant: toAddress(account, addressing).jid }
      return { account, address, enc }
    })
  }

  /** A recipient that cannot decrypt a part asks once, and leaves the other parts. */
  async function deliverAll(stanza: BinaryNode): Promise<void> {
    const unable = new Set<Account>()
    for (const target of [...targetsOf(stanza), ...groupTargetsOf(stanza)]) {
      if (unable.has(target.account)) continue
      try {
        await deliver(stanza, target)
      } catch (error) {
        unable.add(target.account)
        failures.push(`${target.account.name} cannot read ${stanza.attrs["id"]}: ${error}`)
        await askAgain(stanza, target)
      }
    }
  }

  /** The keys go with it from the second time on. */
  async function askAgain(stanza: BinaryNode, target: Target): Promise<void> {
    const id = attribute(stanza, "id")
    const { account, address } = target
    const count = (retries.get(`${account.lid}/${id}`) ?? 0) + 1
    if (count > MAX_RETRIES) return
    retries.set(`${account.lid}/${id}`, count)
    const bundle = await account.endpoint.bundle()
    const keys = count > 1 ? [element("keys", {}, toKeyNodes(bundle))] : []
    link.deliver(
      element("receipt", { ...address, id, type: "retry", t: seconds() }, [
        element("retry", { count, id, t: seconds(), v: 1 }),
        toRegistrationNode(bundle.registrationId),
        ...keys,
      ]),
    )
  }

  function refusalOf(stanza: BinaryNode, fault: AckFault | undefined): number | undefined {
    if (fault?.kind === "error") return fault.error
    const to = attribute(stanza, "to")
    if (!to.endsWith("@g.us")) return undefined
    const group = groups.find(to)
    return group === undefined ? 404 : group.members.includes(owner) ? undefined : 403
  }

  function acknowledge(stanza: BinaryNode, error: number | undefined, fault: AckFault | undefined) {
    const { id, to } = stanza.attrs
    const ack = element("ack", { class: "message", id, from: to, t: seconds(), error })
    if (fault?.kind === "hold") faults.holdAck(ack)
    else if (fault?.kind === "delay") setTimeout(() => link.send(ack), fault.delayMs).unref()
    else link.send(ack)
  }

  return {
    attempts: attempts as readonly Attempt[],
    /** Messages that a recipient could not decrypt, and why. */
    failures: failures as readonly string[],
    receivedBy,

    /** The next messages to this account cannot be decrypted there. */
    blind(account: Account, times: number): void {
      blind.set(account, times)
    },

    /** What somebody wrote to another person without the client, as that person sees it. */
    async recordByHand(account: Account, entry: Omit<Received, "copies" | "byClient" | "atMs">) {
      const whole = { ...entry, byClient: false, atMs: now(), copies: 1 }
      receivedBy(account).push(whole)
      events.emit({ type: "received", lid: account.lid, message: whole })
    },

    async take(stanza: BinaryNode): Promise<void> {
      const id = attribute(stanza, "id")
      const to = attribute(stanza, "to")
      const fault = faults.takeAckFault(id, to)
      const error = refusalOf(stanza, fault)
      const answer =
        fault?.kind === "lose"
          ? "lost"
          : fault?.kind === "hold"
            ? "held"
            : String(error ?? "accepted")
      attempts.push({ id, to, atMs: now(), answer })
      events.emit({ type: "change" })
      if (fault?.kind === "lose") return
      acknowledge(stanza, error, fault)
      if (error !== undefined) return
      await deliverAll(stanza)
    },
  }
}

function bytesOf({ content }: BinaryNode): Uint8Array {
  if (content instanceof Uint8Array) return content
  throw new Error("An enc node has no bytes.")
}
