// Who signs the lab server's static key: a root, an intermediate and a leaf, as in the service's certificate chain.

import { Curve, type KeyPair, proto } from "@whiskeysockets/baileys"

export type Authority = ReturnType<typeof createAuthority>

/** A foreign authority signs with a root other than the one it tells clients to trust. */
export function createAuthority({ foreign = false }: { readonly foreign?: boolean } = {}) {
  const trustedRoot = Curve.generateKeyPair()
  const signingRoot = foreign ? Curve.generateKeyPair() : trustedRoot
  const staticKey = Curve.generateKeyPair()
  return {
    rootPublicKey: Buffer.from(trustedRoot.public),
    staticKey,
    chain: signChain(signingRoot, staticKey),
  }
}

function signChain(root: KeyPair, staticKey: KeyPair): Uint8Array {
  const issuer = Curve.generateKeyPair()
  const { Details } = proto.CertChain.NoiseCertificate
  const intermediate = Details.encode({ serial: 1, issuerSerial: 0, key: issuer.public }).finish()
  const leaf = Details.encode({ serial: 2, issuerSerial: 1, key: staticKey.public }).finish()
  return proto.CertChain.encode({
    intermediate: { details: intermediate, signature: Curve.sign(root.private, intermediate) },
    leaf: { details: leaf, signature: Curve.sign(issuer.private, leaf) },
  }).finish()
}
