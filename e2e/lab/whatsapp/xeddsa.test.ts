import { Curve, generateSignalPubKey } from "@whiskeysockets/baileys"
import fc from "fast-check"
import { expect, test } from "vitest"
import { verifySignature } from "./xeddsa.ts"

test("a signature by a key is valid for it and for nothing else", () => {
  const [own, other] = [Curve.generateKeyPair(), Curve.generateKeyPair()]
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(63), (message, at) => {
      const signature = Curve.sign(own.private, message)
      expect(verifySignature(own.public, message, signature)).toBe(true)
      expect(verifySignature(generateSignalPubKey(own.public), message, signature)).toBe(true)
      expect(verifySignature(other.public, message, signature)).toBe(false)
      expect(verifySignature(own.public, message.slice(1), signature)).toBe(false)
      const broken = signature.map((byte, index) => (index === at ? byte ^ 1 : byte))
      expect(verifySignature(own.public, message, broken)).toBe(false)
    }),
    { numRuns: 30 },
  )
})
