// The server's side of Noise XX (revision 34, section 7.5) as WhatsApp Web uses it: SHA-256, AES-GCM, X25519, the client's
// header as prologue, and the protobuf HandshakeMessage around each of the three messages.

import {
  aesDecryptGCM,
  aesEncryptGCM,
  Curve,
  hkdf,
  type KeyPair,
  NOISE_MODE,
  NOISE_WA_HEADER,
  proto,
  sha256,
} from "@whiskeysockets/baileys"

export type NoiseResponderParts = { readonly staticKey: KeyPair; readonly chain: Uint8Array }

const NOTHING = new Uint8Array(0)

export function createNoiseResponder({ staticKey, chain }: NoiseResponderParts) {
  const ephemeral = Curve.generateKeyPair()
  let hash: Uint8Array = Buffer.from(NOISE_MODE)
  let salt = hash
  let key = hash
  let counter = 0

  const mixHash = (bytes: Uint8Array) => {
    hash = sha256(Buffer.concat([hash, bytes]))
  }

  const mixKey = (bytes: Uint8Array) => {
    ;[salt, key] = expand(bytes, salt)
    counter = 0
  }

  const seal = (bytes: Uint8Array) => {
    const sealed = aesEncryptGCM(bytes, key, toNonce(counter++), hash)
    mixHash(sealed)
    return sealed
  }

  const open = (sealed: Uint8Array) => {
    const bytes = aesDecryptGCM(sealed, key, toNonce(counter++), hash)
    mixHash(sealed)
    return bytes
  }

  return {
    /** Takes the first frame, gives the answer to it. */
    answerHello(frame: Uint8Array): Uint8Array {
      const { clientHello } = proto.HandshakeMessage.decode(frame)
      const clientEphemeral = present(clientHello?.ephemeral)
      mixHash(NOISE_WA_HEADER)
      mixHash(clientEphemeral)
      mixHash(ephemeral.public)
      mixKey(Curve.sharedKey(ephemeral.private, clientEphemeral))
      const sealedStatic = seal(staticKey.public)
      mixKey(Curve.sharedKey(staticKey.private, clientEphemeral))
      const payload = seal(chain)
      return proto.HandshakeMessage.encode({
        serverHello: { ephemeral: ephemeral.public, static: sealedStatic, payload },
      }).finish()
    },

    /** Takes the third message. Throws when the client did not accept what the server said. */
    finish(frame: Uint8Array) {
      const { clientFinish } = proto.HandshakeMessage.decode(frame)
      const clientStatic = open(present(clientFinish?.static))
      mixKey(Curve.sharedKey(ephemeral.private, clientStatic))
      const payload = proto.ClientPayload.decode(open(present(clientFinish?.payload)))
      const [fromClient, toClient] = expand(NOTHING, salt)
      return { clientStatic, payload, transport: createTransport(fromClient, toClient) }
    },
  }
}

export type Transport = ReturnType<typeof createTransport>

function createTransport(fromClient: Uint8Array, toClient: Uint8Array) {
  let read = 0
  let written = 0
  return {
    seal: (bytes: Uint8Array) => aesEncryptGCM(bytes, toClient, toNonce(written++), NOTHING),
    open: (sealed: Uint8Array) => aesDecryptGCM(sealed, fromClient, toNonce(read++), NOTHING),
  }
}

function expand(bytes: Uint8Array, salt: Uint8Array): [Uint8Array, Uint8Array] {
  const derived = hkdf(bytes, 64, { salt, info: "" })
  return [derived.subarray(0, 32), derived.subarray(32)]
}

function toNonce(counter: number): Uint8Array {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(counter, 8)
  return nonce
}

function present(bytes: Uint8Array | null | undefined): Uint8Array {
  if (bytes === null || bytes === undefined) throw new Error("A part of the handshake is missing.")
  return bytes
}
