// Linking a client: the refs it shows as QR codes, what the phone does when it scans one, and what both sides sign.

import { createHmac, randomBytes } from "node:crypto"
import {
  type AuthenticationCreds,
  type BinaryNode,
  Curve,
  configureSuccessfulPairing,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX,
  WA_ADV_DEVICE_SIG_PREFIX,
} from "@whiskeysockets/baileys"
import { type OneTimeKey, requireBytes, requireChild } from "./bundle.ts"
import type { Connection, Login } from "./connection.ts"
import type { Account } from "./directory.ts"
import type { Device, Link } from "./link.ts"
import { element, SERVER } from "./nodes.ts"
import { verifySignature } from "./xeddsa.ts"

const REF_COUNT = 6
const QR_PREFIX = "https://wa.me/settings/linked_devices#"

/** A client that is not linked yet and waits for a phone. */
export type Applicant = {
  readonly connection: Connection
  readonly refs: readonly string[]
  readonly registration: proto.ClientPayload.IDevicePairingRegistrationData
  readonly noiseKey: Uint8Array
}

type Granted = {
  readonly applicant: Applicant
  readonly details: Uint8Array
  readonly number: number
}

export type Pairing = ReturnType<typeof createPairing>

export type PairingParts = {
  readonly owner: Account
  readonly link: Link
  readonly nextId: () => string
}

export function createPairing({ owner, link, nextId }: PairingParts) {
  let applicants: Applicant[] = []
  let granted: Granted | undefined
  let lastDevice = 0

  /** What the owner signs for a client with this identity, sealed with the secret that only the two share. */
  function toGrant(identity: Uint8Array, advSecret: Uint8Array) {
    const number = lastDevice + 1
    lastDevice = number
    const details = proto.ADVDeviceIdentity.encode({
      rawId: 1,
      timestamp: Math.floor(Date.now() / 1000),
      keyIndex: number,
      accountType: proto.ADVEncryptionType.E2EE,
      deviceType: proto.ADVEncryptionType.E2EE,
    }).finish()
    const signed = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, identity])
    const account = proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey: owner.endpoint.identity.public,
      accountSignature: Curve.sign(owner.endpoint.identity.private, signed),
    }).finish()
    const hmac = createHmac("sha256", advSecret).update(account).digest()
    const sealed = proto.ADVSignedDeviceIdentityHMAC.encode({ details: account, hmac }).finish()
    return { number, details, sealed }
  }

  function toSuccess(id: string, number: number, sealed: Uint8Array): BinaryNode {
    const { jid, lid } = deviceJids(owner, number)
    return element("iq", { type: "set", id, xmlns: "md", from: SERVER }, [
      element("pair-success", {}, [
        element("device-identity", {}, sealed),
        element("device", { jid, lid }),
        element("platform", { name: "android" }),
      ]),
    ])
  }

  /** One client is linked at a time: the one before is told that it is not any more. */
  function adopt(device: Omit<Device, "jid" | "lid" | "greeted">): void {
    link.connection?.refuse(removedNode())
    const jids = deviceJids(owner, device.number)
    link.adopt({ ...device, ...jids, greeted: false })
  }

  return {
    get waiting(): readonly Applicant[] {
      return applicants
    },

    apply(connection: Connection, { payload, clientStatic }: Login): void {
      const registration = payload.devicePairingData
      if (registration === null || registration === undefined) return
      const refs = Array.from(
        { length: REF_COUNT },
        () => `2@${randomBytes(24).toString("base64")}`,
      )
      applicants = [...applicants, { connection, refs, registration, noiseKey: clientStatic }]
      connection.send(
        element("iq", { type: "set", id: nextId(), xmlns: "md", from: SERVER }, [
          element(
            "pair-device",
            {},
            refs.map((ref) => element("ref", {}, Buffer.from(ref))),
          ),
        ]),
      )
    },

    leave(connection: Connection): void {
      applicants = applicants.filter((applicant) => applicant.connection !== connection)
      if (granted?.applicant.connection === connection) granted = undefined
    },

    findByConnection: (connection: Connection): Applicant | undefined =>
      applicants.find((applicant) => applicant.connection === connection),

    findByQr(qr: string): { readonly applicant: Applicant; readonly advSecret: Buffer } {
      const [ref = "", , , advSecret = ""] = qr.replace(QR_PREFIX, "").split(",")
      const applicant = applicants.find(({ refs }) => refs.includes(ref))
      if (applicant === undefined) throw new Error("No client waits with this QR code.")
      return { applicant, advSecret: Buffer.from(advSecret, "base64") }
    },

    /** The phone agreed; the client still has to sign. */
    grant(applicant: Applicant, advSecret: Uint8Array): void {
      const identity = bytesOf(applicant.registration.eIdent)
      const { number, details, sealed } = toGrant(identity, advSecret)
      granted = { applicant, details, number }
      applicant.connection.send(toSuccess(nextId(), number, sealed))
    },

    /**
     * Links a client that never paired: gives its credentials what a pairing would have added to them.
     * With more than five one-time keys here the client uploads none at its first login.
     */
    linkAhead(
      creds: AuthenticationCreds,
      oneTimeKeys: readonly OneTimeKey[] = [],
    ): AuthenticationCreds {
      const { signedIdentityKey, signedPreKey, noiseKey, registrationId, advSecretKey } = creds
      const identity = signedIdentityKey.public
      const { number, sealed } = toGrant(identity, Buffer.from(advSecretKey, "base64"))
      const { creds: added } = configureSuccessfulPairing(
        toSuccess(nextId(), number, sealed),
        creds,
      )
      adopt({
        number,
        noiseKey: noiseKey.public,
        identity,
        registrationId,
        signedPreKey: {
          id: signedPreKey.keyId,
          publicKey: signedPreKey.keyPair.public,
          signature: signedPreKey.signature,
        },
        preKeys: new Map(oneTimeKeys.map((key) => [key.id, key])),
      })
      return { ...creds, ...added }
    },

    /** The client's answer to a grant: its signature makes it the linked device, which has to log in anew. */
    complete(connection: Connection, answer: BinaryNode): void {
      if (granted?.applicant.connection !== connection) return
      const { applicant, details, number } = granted
      const { registration, noiseKey } = applicant
      const identity = bytesOf(registration.eIdent)
      const signed = requireBytes(requireChild(answer, "pair-device-sign"), "device-identity")
      const { deviceSignature } = proto.ADVSignedDeviceIdentity.decode(signed)
      const accountKey = owner.endpoint.identity.public
      const expected = Buffer.concat([WA_ADV_DEVICE_SIG_PREFIX, details, identity, accountKey])
      if (!verifySignature(identity, expected, bytesOf(deviceSignature))) {
        throw new Error("The device's signature is wrong.")
      }
      adopt({
        number,
        noiseKey,
        identity,
        registrationId: toNumber(registration.eRegid),
        signedPreKey: {
          id: toNumber(registration.eSkeyId),
          publicKey: bytesOf(registration.eSkeyVal),
          signature: bytesOf(registration.eSkeySig),
        },
        preKeys: new Map(),
      })
      connection.refuse(element("stream:error", { code: 515 }))
    },
  }
}

/** What a client gets that is no longer a linked device. */
export function removedNode(): BinaryNode {
  return element("stream:error", { code: 401 }, [element("conflict", { type: "device_removed" })])
}

export function deviceJids({ pn, lid }: Account, number: number): { jid: string; lid: string } {
  if (pn === undefined) throw new Error("The owner of the account needs a number.")
  return { jid: pn.replace("@", `:${number}@`), lid: lid.replace("@", `:${number}@`) }
}

function bytesOf(bytes: Uint8Array | null | undefined): Uint8Array {
  if (bytes === null || bytes === undefined) throw new Error("The client left a key out.")
  return bytes
}

function toNumber(bigEndian: Uint8Array | null | undefined): number {
  const bytes = Buffer.from(bytesOf(bigEndian))
  return bytes.length === 0 ? 0 : bytes.readUIntBE(0, bytes.length)
}
