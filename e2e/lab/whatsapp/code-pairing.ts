// Linking by a code of eight characters that the owner types into the phone. Both sides wrap an ephemeral key with the code;
// only if the code was right do they agree on the secret that seals the grant.

import { randomBytes } from "node:crypto"
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  type BinaryNode,
  Curve,
  derivePairingCodeKey,
  hkdf,
  type KeyPair,
} from "@whiskeysockets/baileys"
import { requireBytes, requireChild } from "./bundle.ts"
import type { Connection } from "./connection.ts"
import type { Account } from "./directory.ts"
import type { Events, WaitOptions } from "./events.ts"
import { element, SERVER, toFailure, toResult } from "./nodes.ts"
import type { Applicant, Pairing } from "./pairing.ts"

type Request = {
  readonly connection: Connection
  readonly ref: Buffer
  /** Salt, initial value and the companion's wrapped ephemeral key. */
  readonly wrapped: Uint8Array
  readonly atMs: number
}

/** The owner typed a code; the companion's answer tells whether it was the right one. */
type Typed = {
  readonly request: Request
  readonly ephemeral: KeyPair
  readonly companionEphemeral: Uint8Array
  outcome: "open" | "right" | "wrong"
}

const SALT_BYTES = 32
const IV_BYTES = 16
const GCM_IV_BYTES = 12
const KEY_BYTES = 32

export type CodePairing = ReturnType<typeof createCodePairing>

export type CodePairingParts = {
  readonly owner: Account
  readonly pairing: Pairing
  readonly events: Events
  readonly nextId: () => string
  readonly now: () => number
}

export function createCodePairing({ owner, pairing, events, nextId, now }: CodePairingParts) {
  const identity = owner.endpoint.identity
  let requests: Request[] = []
  let typed: Typed | undefined

  function toSecret(bundle: Uint8Array, { ephemeral, companionEphemeral }: Typed): Uint8Array {
    const shared = Curve.sharedKey(ephemeral.private, companionEphemeral)
    const [salt, iv, sealed] = split(bundle, SALT_BYTES, GCM_IV_BYTES)
    const info = "link_code_pairing_key_bundle_encryption_key"
    const opened = aesDecryptGCM(
      sealed,
      hkdf(shared, KEY_BYTES, { salt, info }),
      iv,
      Buffer.alloc(0),
    )
    const [companionIdentity, ownIdentity, random] = split(opened, KEY_BYTES, KEY_BYTES)
    if (!Buffer.from(ownIdentity).equals(identity.public)) throw new Error("Not the owner's key.")
    const identityShared = Curve.sharedKey(identity.private, companionIdentity)
    const secret = Buffer.concat([shared, identityShared, random])
    return hkdf(secret, KEY_BYTES, { info: "adv_secret" })
  }

  return {
    /** Whether a client has asked for a code and none was typed in for it yet. */
    get asked(): boolean {
      return requests.some(({ connection }) => pairing.findByConnection(connection) !== undefined)
    },

    /** The two stanzas of the client, told apart by their stage. */
    answer(connection: Connection, iq: BinaryNode): BinaryNode | undefined {
      const node = requireChild(iq, "link_code_companion_reg")
      return node.attrs["stage"] === "companion_hello"
        ? hello(connection, iq, node)
        : companionFinish(connection, iq, node)
    },

    /** What the owner types; rejects when the client shows another code. */
    async enter(code: string, options?: WaitOptions): Promise<Applicant> {
      const request = requests.findLast(
        ({ connection }) => pairing.findByConnection(connection) !== undefined,
      )
      if (request === undefined) throw new Error("No client has asked for a pairing code.")
      const plain = code.replaceAll("-", "").toUpperCase()
      const [salt, iv, wrapped] = split(request.wrapped, SALT_BYTES, IV_BYTES)
      const key = await derivePairingCodeKey(plain, Buffer.from(salt))
      const companionEphemeral = aesDecryptCTR(wrapped, key, iv)
      const ephemeral = Curve.generateKeyPair()
      const attempt: Typed = { request, ephemeral, companionEphemeral, outcome: "open" }
      typed = attempt
      const ownSalt = randomBytes(SALT_BYTES)
      const ownIv = randomBytes(IV_BYTES)
      const ownKey = await derivePairingCodeKey(plain, ownSalt)
      const ownWrapped = [ownSalt, ownIv, aesEncryptCTR(ephemeral.public, ownKey, ownIv)]
      request.connection.send(
        element(
          "notification",
          {
            from: SERVER,
            type: "link_code_companion_reg",
            id: nextId(),
            t: Math.floor(now() / 1000),
          },
          [
            element("link_code_companion_reg", { stage: "primary_hello" }, [
              element("link_code_pairing_ref", {}, request.ref),
              element("primary_identity_pub", {}, identity.public),
              element(
                "link_code_pairing_wrapped_primary_ephemeral_pub",
                {},
                Buffer.concat(ownWrapped),
              ),
            ]),
          ],
        ),
      )
      await events.waitFor(() => attempt.outcome !== "open", options)
      const applicant = pairing.findByConnection(request.connection)
      if (attempt.outcome === "wrong" || applicant === undefined) {
        throw new Error("The pairing code is wrong.")
      }
      return applicant
    },
  }

  function hello(connection: Connection, iq: BinaryNode, node: BinaryNode): BinaryNode {
    const wrapped = requireBytes(node, "link_code_pairing_wrapped_companion_ephemeral_pub")
    const ref = randomBytes(24)
    requests = [...requests, { connection, ref, wrapped, atMs: now() }]
    events.emit({ type: "link", state: "asking for a code" })
    return toResult(iq, [
      element("link_code_companion_reg", {}, [element("link_code_pairing_ref", {}, ref)]),
    ])
  }

  function companionFinish(
    connection: Connection,
    iq: BinaryNode,
    node: BinaryNode,
  ): BinaryNode | undefined {
    const attempt = typed
    const applicant = pairing.findByConnection(connection)
    if (attempt?.request.connection !== connection || applicant === undefined) {
      return toFailure(iq, 404, "item-not-found")
    }
    try {
      const secret = toSecret(requireBytes(node, "link_code_pairing_wrapped_key_bundle"), attempt)
      connection.send(toResult(iq))
      pairing.grant(applicant, secret)
      attempt.outcome = "right"
      requests = requests.filter((request) => request !== attempt.request)
      return undefined
    } catch {
      attempt.outcome = "wrong"
      return toFailure(iq, 400, "bad-request")
    } finally {
      events.emit({ type: "link", state: attempt.outcome })
    }
  }
}

function split(bytes: Uint8Array, first: number, second: number) {
  return [
    bytes.subarray(0, first),
    bytes.subarray(first, first + second),
    bytes.subarray(first + second),
  ] as const
}
