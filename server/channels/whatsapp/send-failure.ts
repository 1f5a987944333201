// What went wrong with a message that was to be sent, in the words of the gateway.

import { GatewayError } from "#protocol"
import { notInGroup } from "./groups.ts"

/** The account may not write to people it does not know, for now. */
const RESTRICTED = 463
const NOT_A_MEMBER: ReadonlySet<number> = new Set([401, 403, 404])

type UnsentReason = "not_connected" | "shutting_down" | "over_capacity" | "rate_limited"

/** The service surely has nothing of it. */
export function unsent(reason: UnsentReason, message: string, retryAfterMs?: number): GatewayError {
  return new GatewayError("UNAVAILABLE", message, {
    reason,
    retryable: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

export function unknownOutcome(): GatewayError {
  return new GatewayError("UNAVAILABLE", "WhatsApp may or may not have the message.", {
    reason: "outcome_unknown",
    retryable: false,
  })
}

/** The service said no. */
export function refused(chat: string, code: number): GatewayError {
  if (chat.endsWith("@g.us") && NOT_A_MEMBER.has(code)) return notInGroup(code)
  const message =
    code === RESTRICTED
      ? "WhatsApp keeps this account from writing to people who have not written to it."
      : `WhatsApp refused the message (${code}).`
  return new GatewayError("UNAVAILABLE", message, {
    reason: "provider_refused",
    retryable: false,
    details: { providerCode: code },
  })
}

export function notOnWhatsApp(number: string): GatewayError {
  return new GatewayError("UNAVAILABLE", `${number} is not on WhatsApp.`, {
    reason: "chat_not_found",
    retryable: false,
  })
}

/** What the library threw before anything had left. */
export function toUnsent(chat: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const { code, data } = (error ?? {}) as { readonly code?: unknown; readonly data?: unknown }
  if (typeof data === "number") return refused(chat, data)
  if (code === "ENOENT") {
    return new GatewayError("UNAVAILABLE", "The file to be sent is gone.", {
      cause: error,
      reason: "media_unavailable",
      retryable: false,
    })
  }
  return new GatewayError("UNAVAILABLE", "WhatsApp could not be reached to send the message.", {
    cause: error,
    reason: "not_connected",
    retryable: true,
  })
}

/**
 * Whether the bytes may have left although the call failed: while they were written (a failure of the
 * wire, or no end of it), or after, when what the keys have become could not be written down.
 */
export function mayHaveLeft(error: unknown): boolean {
  if (error instanceof GatewayError) return error.reason === "storage"
  const { code, output } = (error ?? {}) as {
    readonly code?: unknown
    readonly output?: { readonly statusCode?: number }
  }
  return typeof code === "string" || output?.statusCode === 408
}
