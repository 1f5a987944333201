// A client that finds a file gone at its host asks the owner's phone, which uploads it again if it still has it.

import { randomBytes } from "node:crypto"
import {
  aesEncryptGCM,
  type BinaryNode,
  getBinaryNodeChild,
  getContentType,
  hkdf,
  proto,
} from "@whiskeysockets/baileys"
import type { Account } from "./directory.ts"
import type { Inbound } from "./inbound.ts"
import type { Media, MediaPart } from "./media.ts"
import { attribute, element } from "./nodes.ts"

const NOT_FOUND = proto.MediaRetryNotification.ResultType.NOT_FOUND
const SUCCESS = proto.MediaRetryNotification.ResultType.SUCCESS

type Parts = { readonly inbound: Inbound; readonly media: Media; readonly owner: Account }

/** The answer to a receipt of the type `server-error`. */
export function uploadAgain(receipt: BinaryNode, { inbound, media, owner }: Parts): BinaryNode {
  const id = attribute(receipt, "id")
  const letter = inbound.letters.findLast((other) => other.id === id)
  const type = letter && getContentType(letter.message)
  const { directPath, mediaKey } = ((type && letter?.message[type]) ?? {}) as MediaPart
  const place = media.restore(directPath ?? "")
  const rmr = element("rmr", getBinaryNodeChild(receipt, "rmr")?.attrs)
  const told =
    place === undefined || !mediaKey
      ? element("error", { code: NOT_FOUND })
      : seal(mediaKey, id, place)
  return element("notification", { from: owner.pn ?? owner.lid, type: "mediaretry", id }, [
    rmr,
    told,
  ])
}

function seal(mediaKey: Uint8Array, id: string, directPath: string): BinaryNode {
  const answer = { stanzaId: id, directPath, result: SUCCESS }
  const key = hkdf(Buffer.from(mediaKey), 32, { info: "WhatsApp Media Retry Notification" })
  const iv = randomBytes(12)
  const plain = proto.MediaRetryNotification.encode(answer).finish()
  return element("encrypt", {}, [
    element("enc_p", {}, aesEncryptGCM(plain, key, iv, Buffer.from(id))),
    element("enc_iv", {}, iv),
  ])
}
