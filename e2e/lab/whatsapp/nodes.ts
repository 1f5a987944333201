// Short ways to write and to look at binary nodes.

import { type BinaryNode, getAllBinaryNodeChildren } from "@whiskeysockets/baileys"

export const SERVER = "s.whatsapp.net"

type Attributes = Readonly<Record<string, string | number | undefined>>

/** Attributes without a value are left out. */
export function element(
  tag: string,
  attributes: Attributes = {},
  content?: BinaryNode["content"],
): BinaryNode {
  const attrs = Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )
  return content === undefined ? { tag, attrs } : { tag, attrs, content }
}

export function attribute(node: BinaryNode, name: string): string {
  const value = node.attrs[name]
  if (value === undefined) throw new Error(`A ${node.tag} came without ${name}.`)
  return value
}

export function firstChild(node: BinaryNode): BinaryNode | undefined {
  return getAllBinaryNodeChildren(node)[0]
}

export function toResult({ attrs }: BinaryNode, content?: BinaryNode["content"]): BinaryNode {
  return element("iq", { type: "result", id: attrs["id"], from: attrs["to"] ?? SERVER }, content)
}

export function toFailure({ attrs }: BinaryNode, code: number, text: string): BinaryNode {
  return element("iq", { type: "error", id: attrs["id"], from: attrs["to"] ?? SERVER }, [
    element("error", { code, text }),
  ])
}
