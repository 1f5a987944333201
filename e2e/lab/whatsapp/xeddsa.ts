// Checks signatures by X25519 keys (XEdDSA, revision 1, section 2.3) with Node's Ed25519, because Baileys' own check accepts
// everything: the lab needs a judge that does not share the fault it has to show.

import { createPublicKey, verify } from "node:crypto"

const P = 2n ** 255n - 19n
const SPKI = Buffer.from("302a300506032b6570032100", "hex")

/** The public key is the curve's u coordinate, with or without the leading type byte. */
export function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const signBit = (signature[63] ?? 0) & 0x80
  const plain = Buffer.from(signature)
  plain[63] = (plain[63] ?? 0) & 0x7f
  const point = toEdwards(publicKey.subarray(publicKey.length - 32))
  point[31] = (point[31] ?? 0) | signBit
  const key = createPublicKey({ key: Buffer.concat([SPKI, point]), format: "der", type: "spki" })
  return verify(null, message, key, plain)
}

function toEdwards(u: Uint8Array): Buffer {
  const value = BigInt(`0x${Buffer.from(u).reverse().toString("hex")}`) % 2n ** 255n
  const y = (((value - 1n + P) % P) * power(value + 1n, P - 2n)) % P
  return Buffer.from(y.toString(16).padStart(64, "0"), "hex").reverse()
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base % P
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}
