// What the server answers to the client's iq stanzas: a table by type, namespace and first child.

import { type BinaryNode, getBinaryNodeChildren } from "@whiskeysockets/baileys"
import {
  type Bundle,
  readOneTimeKeys,
  readRegistrationId,
  readSignedKey,
  requireChild,
  toKeyNodes,
  toRegistrationNode,
} from "./bundle.ts"
import type { Account, Directory } from "./directory.ts"
import type { Groups } from "./groups.ts"
import type { Link } from "./link.ts"
import { attribute, element, firstChild, toFailure, toResult } from "./nodes.ts"
import { answerUsync } from "./usync.ts"

export type QueryParts = {
  readonly directory: Directory
  readonly owner: Account
  readonly groups: Groups
  readonly link: Link
  readonly mediaHost: () => string
  /** Whether a fault has ended the connection while the client was let in. */
  readonly endsAtOnce: () => boolean
  /** After the first answer to `active`. */
  readonly onActive: () => Promise<void>
  readonly onLogout: () => void
}

type Answer = BinaryNode | undefined | Promise<BinaryNode | undefined>
type Query = (parts: QueryParts, iq: BinaryNode) => Answer

const ok: Query = (_, iq) => toResult(iq)

const QUERIES: Readonly<Record<string, Query>> = {
  "get encrypt count": ({ link }, iq) =>
    toResult(iq, [element("count", { value: link.require().preKeys.size })]),

  "set encrypt registration": ({ link }, iq) => {
    const device = link.require()
    device.registrationId = readRegistrationId(iq)
    device.signedPreKey = readSignedKey(iq)
    for (const key of readOneTimeKeys(iq)) device.preKeys.set(key.id, key)
    return toResult(iq)
  },

  "get encrypt digest": (_, iq) => toResult(iq, [element("digest")]),

  "set encrypt rotate": ({ link }, iq) => {
    link.require().signedPreKey = readSignedKey(requireChild(iq, "rotate"))
    return toResult(iq)
  },

  "get encrypt key": async ({ directory }, iq) => {
    const asked = getBinaryNodeChildren(requireChild(iq, "key"), "user")
    const users = await Promise.all(asked.map((user) => answerKeys(directory, user)))
    return toResult(iq, [element("list", {}, users.flat())])
  },

  "set passive passive": ok,
  "set passive active": async ({ link, onActive, endsAtOnce }, iq) => {
    link.send(toResult(iq))
    link.announce()
    if (endsAtOnce()) return undefined
    link.activate()
    await onActive()
    return undefined
  },

  "get usync usync": ({ directory, link, owner }, iq) =>
    toResult(iq, [answerUsync({ directory, owner, device: link.require() }, iq)]),

  "set w:sync:app:state sync": (_, iq) => {
    const asked = getBinaryNodeChildren(requireChild(iq, "sync"), "collection")
    const unchanged = asked.map(({ attrs }) =>
      element("collection", { name: attrs["name"], version: attrs["version"] }),
    )
    return toResult(iq, [element("sync", {}, unchanged)])
  },

  "get w:g2 query": ({ groups }, iq) => groups.answerQuery(iq),
  "get w:g2 participating": ({ groups }, iq) => toResult(iq, [groups.toListNode()]),

  "get abt props": (_, iq) => toResult(iq, [element("props", { hash: "lab" }, [])]),
  "get blocklist": (_, iq) => toResult(iq, [element("list", {}, [])]),
  "get privacy privacy": (_, iq) =>
    toResult(iq, [
      element("privacy", {}, [element("category", { name: "readreceipts", value: "all" })]),
    ]),
  "set privacy tokens": ok,
  "set privacy privacy": ok,
  "get w:p ping": ok,
  "set urn:xmpp:whatsapp:dirty clean": ok,
  "set w:m media_conn": ({ mediaHost }, iq) =>
    toResult(iq, [
      element("media_conn", { auth: "lab", ttl: 3600, auth_ttl: 3600, max_buckets: 1 }, [
        element("host", { hostname: mediaHost(), maxContentLengthBytes: 100_000_000 }),
      ]),
    ]),

  "set md remove-companion-device": ({ link, onLogout }, iq) => {
    link.send(toResult(iq))
    onLogout()
    return undefined
  },
}

/** Undefined for what no row answers. */
export function findQuery(iq: BinaryNode): { readonly name: string; readonly query?: Query } {
  const name = [iq.attrs["type"], iq.attrs["xmlns"], firstChild(iq)?.tag].filter(Boolean).join(" ")
  const query = Object.hasOwn(QUERIES, name) ? QUERIES[name] : undefined
  return query === undefined ? { name } : { name, query }
}

export function toUnknown(iq: BinaryNode): BinaryNode {
  return toFailure(iq, 501, "feature-not-implemented")
}

async function answerKeys(directory: Directory, user: BinaryNode): Promise<BinaryNode[]> {
  const jid = attribute(user, "jid")
  const account = directory.find(jid)
  return account === undefined ? [] : [toUserNode(jid, await account.endpoint.bundle())]
}

function toUserNode(jid: string, bundle: Bundle): BinaryNode {
  return element("user", { jid }, [
    toRegistrationNode(bundle.registrationId),
    ...toKeyNodes(bundle),
  ])
}
