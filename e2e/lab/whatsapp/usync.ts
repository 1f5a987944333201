// Who is on WhatsApp, under which LID, with which devices: the answer to one usync query.

import {
  areJidsSameUser,
  type BinaryNode,
  getBinaryNodeChildren,
  getBinaryNodeChildString,
} from "@whiskeysockets/baileys"
import { requireChild } from "./bundle.ts"
import type { Account, Directory } from "./directory.ts"
import type { Device } from "./link.ts"
import { element, firstChild } from "./nodes.ts"

export type UsyncParts = {
  readonly directory: Directory
  readonly owner: Account
  readonly device: Device
}

type Asked = { readonly jid: string; readonly account: Account | undefined }
type Protocol = (asked: Asked, parts: UsyncParts) => BinaryNode[]

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  contact: ({ account }) => [element("contact", { type: account === undefined ? "out" : "in" })],

  // Only a number has a LID to tell; nobody learns a number from a LID.
  lid: ({ jid, account }) =>
    account === undefined || areJidsSameUser(jid, account.lid)
      ? []
      : [element("lid", { val: account.lid })],

  devices: ({ account }, { owner, device }) => {
    if (account === undefined) return []
    const own = [element("device", { id: device.number, "key-index": device.number })]
    const devices = [element("device", { id: 0 }), ...(account === owner ? own : [])]
    return [element("devices", {}, [element("device-list", {}, devices)])]
  },
}

export function answerUsync(parts: UsyncParts, iq: BinaryNode): BinaryNode {
  const usync = requireChild(iq, "usync")
  const query = requireChild(usync, "query")
  const protocols = Array.isArray(query.content) ? query.content.map(({ tag }) => tag) : []
  const users = getBinaryNodeChildren(requireChild(usync, "list"), "user").map((user) => {
    const jid = user.attrs["jid"] ?? toJid(user)
    const asked = { jid, account: parts.directory.find(jid) }
    const answers = protocols.flatMap((protocol) => PROTOCOLS[protocol]?.(asked, parts) ?? [])
    return element("user", { jid }, answers)
  })
  return element("usync", {}, [element("list", {}, users)])
}

/** A question by number carries it as text in its first child. */
function toJid(user: BinaryNode): string {
  const number = getBinaryNodeChildString(user, firstChild(user)?.tag ?? "") ?? ""
  return `${number.replace("+", "")}@s.whatsapp.net`
}
