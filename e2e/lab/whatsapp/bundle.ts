// The public keys of a device that let others write to it first, and how the wire spells them.

import {
  type BinaryNode,
  encodeBigEndian,
  generateSignalPubKey,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  getBinaryNodeChildren,
  getBinaryNodeChildUInt,
  KEY_BUNDLE_TYPE,
} from "@whiskeysockets/baileys"

export type OneTimeKey = { readonly id: number; readonly publicKey: Uint8Array }
export type SignedKey = OneTimeKey & { readonly signature: Uint8Array }

export type Bundle = {
  readonly registrationId: number
  readonly identity: Uint8Array
  readonly signedPreKey: SignedKey
  readonly preKey?: OneTimeKey
}

export function toSession({ registrationId, identity, signedPreKey, preKey }: Bundle) {
  return {
    registrationId,
    identityKey: generateSignalPubKey(identity),
    signedPreKey: {
      keyId: signedPreKey.id,
      publicKey: generateSignalPubKey(signedPreKey.publicKey),
      signature: signedPreKey.signature,
    },
    ...(preKey !== undefined && {
      preKey: { keyId: preKey.id, publicKey: generateSignalPubKey(preKey.publicKey) },
    }),
  }
}

export function toRegistrationNode(registrationId: number): BinaryNode {
  return { tag: "registration", attrs: {}, content: encodeBigEndian(registrationId) }
}

export function toKeyNodes({ identity, signedPreKey, preKey }: Bundle): BinaryNode[] {
  const nodes: BinaryNode[] = [
    { tag: "type", attrs: {}, content: KEY_BUNDLE_TYPE },
    { tag: "identity", attrs: {}, content: identity },
    {
      tag: "skey",
      attrs: {},
      content: [
        ...keyParts(signedPreKey),
        { tag: "signature", attrs: {}, content: signedPreKey.signature },
      ],
    },
  ]
  if (preKey !== undefined) nodes.push({ tag: "key", attrs: {}, content: keyParts(preKey) })
  return nodes
}

export function readSignedKey(parent: BinaryNode): SignedKey {
  const node = requireChild(parent, "skey")
  return { ...readKey(node), signature: requireBytes(node, "signature") }
}

export function readOneTimeKeys(parent: BinaryNode): OneTimeKey[] {
  return getBinaryNodeChildren(getBinaryNodeChild(parent, "list"), "key").map(readKey)
}

export function readRegistrationId(parent: BinaryNode): number {
  return getBinaryNodeChildUInt(parent, "registration", 4) ?? 0
}

export function requireChild(parent: BinaryNode, tag: string): BinaryNode {
  const child = getBinaryNodeChild(parent, tag)
  if (child === undefined) throw new Error(`The ${parent.tag} has no ${tag}.`)
  return child
}

export function requireBytes(parent: BinaryNode, tag: string): Uint8Array {
  const bytes = getBinaryNodeChildBuffer(parent, tag)
  if (bytes === undefined) throw new Error(`The ${parent.tag} has no bytes in ${tag}.`)
  return bytes
}

function readKey(node: BinaryNode): OneTimeKey {
  return { id: getBinaryNodeChildUInt(node, "id", 3) ?? 0, publicKey: requireBytes(node, "value") }
}

function keyParts({ id, publicKey }: OneTimeKey): BinaryNode[] {
  return [
    { tag: "id", attrs: {}, content: encodeBigEndian(id, 3) },
    { tag: "value", attrs: {}, content: publicKey },
  ]
}
