// What goes wrong with files, in the words that a caller reads.

import { type ErrorReason, GatewayError, invalidRequest } from "#protocol"

/** The file may not be had, whatever is tried. */
export function refused(message: string, reason: ErrorReason): GatewayError {
  return invalidRequest(`mediaUrl: ${message}`, reason)
}

export function tooLarge(maxBytes: number): GatewayError {
  const maxMb = Math.floor(maxBytes / 1024 / 1024)
  return refused(`the file is too large (max ${maxMb} MB)`, "media_too_large")
}

/** The file could not be had this time; nothing was done with it. */
export function unavailable(
  message: string,
  { cause, retryable }: { readonly cause?: unknown; readonly retryable: boolean },
): GatewayError {
  return new GatewayError("UNAVAILABLE", message, {
    cause,
    reason: "media_unavailable",
    retryable,
  })
}
