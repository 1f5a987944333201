// A self-signed X.509 certificate for 127.0.0.1, made at start, so that no private key lies in the repository. Written as
// DER by hand (RFC 5280, section 4.1): Node's crypto can sign one but not make one.

import { generateKeyPairSync, randomBytes, sign } from "node:crypto"

export type Certificate = { readonly key: string; readonly cert: string }

const DAY_MS = 86_400_000
const ECDSA_WITH_SHA256 = Buffer.from("300a06082a8648ce3d040302", "hex")
const COMMON_NAME = Buffer.from("0603550403", "hex")
const BASIC_CONSTRAINTS = Buffer.from("0603551d13", "hex")
const SUBJECT_ALT_NAME = Buffer.from("0603551d11", "hex")
const TRUE = Buffer.from("0101ff", "hex")
const VERSION_3 = Buffer.from("a003020102", "hex")

export function createCertificate(nowMs = Date.now()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const commonName = sequence(COMMON_NAME, der(0x0c, Buffer.from("Clawdis lab media")))
  const name = sequence(der(0x31, commonName))
  const loopback = Buffer.from([127, 0, 0, 1])
  const content = sequence(
    VERSION_3,
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(toTime(nowMs - DAY_MS), toTime(nowMs + 3650 * DAY_MS)),
    name,
    publicKey.export({ format: "der", type: "spki" }),
    der(
      0xa3,
      sequence(
        sequence(BASIC_CONSTRAINTS, TRUE, der(0x04, sequence(TRUE))),
        sequence(SUBJECT_ALT_NAME, der(0x04, sequence(der(0x87, loopback)))),
      ),
    ),
  )
  const signature = sign("sha256", content, privateKey)
  const bits = der(0x03, Buffer.concat([Buffer.from([0]), signature]))
  return {
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    cert: toPem(sequence(content, ECDSA_WITH_SHA256, bits)),
  }
}

function der(tag: number, content: Uint8Array): Buffer {
  const length =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

/** GeneralizedTime to the second; for dates before 2050 the standard wants the two-digit UTCTime. */
function toTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "")
  const short = new Date(ms).getUTCFullYear() < 2050
  return der(short ? 0x17 : 0x18, Buffer.from(short ? digits.slice(2) : digits))
}

function toPem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}
