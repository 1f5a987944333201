import { PROTOCOL_VERSION } from "#protocol"
import { text } from "../../text/index.ts"

/** Why the page and a gateway that wants this version do not fit, in a line. */
export function toMismatch(expected: number | undefined): string {
  if (expected === undefined || expected === PROTOCOL_VERSION) return text.incompatible.other
  return expected > PROTOCOL_VERSION ? text.incompatible.older : text.incompatible.newer
}
