import { type ErrorShape, GatewayError, toErrorShape } from "#protocol"

/** What a request was rejected with, as the wire would have told it. */
export function toShape(thrown: unknown): ErrorShape {
  if (thrown instanceof GatewayError) return toErrorShape(thrown)
  return { code: "UNAVAILABLE", message: String(thrown) }
}
