// What a failed call means for the message: whether the service may have it, and what the caller is told.

import { GatewayError } from "#protocol"
import type { Failure } from "./failure.ts"

/** The service surely has nothing, and a later try may help. */
export function isUnsent(failure: Failure): boolean {
  return failure.kind === "unreached" || (failure.kind === "refused" && failure.code === 429)
}

export function unsent(
  reason: "not_connected" | "rate_limited" | "shutting_down" | "over_capacity",
  message: string,
  retryAfterMs?: number,
): GatewayError {
  return new GatewayError("UNAVAILABLE", message, {
    reason,
    retryable: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

export function noSuchChat(message = "This is not a Telegram chat."): GatewayError {
  return new GatewayError("INVALID_REQUEST", message, {
    reason: "chat_not_found",
    retryable: false,
  })
}

const CHAT_NOT_FOUND =
  /chat not found|user not found|PEER_ID_INVALID|can't initiate conversation with a user/i
const NOT_IN_GROUP = /kicked|not a member|group chat was|have no rights|CHAT_WRITE_FORBIDDEN/i

export function toSendError(failure: Failure): GatewayError {
  if (failure.kind !== "refused") {
    const message = `Telegram may or may not have the message: ${failure.cause}.`
    return new GatewayError("UNAVAILABLE", message, { reason: "outcome_unknown", retryable: false })
  }
  const { code, description } = failure
  if (code === 401) return unsent("not_connected", "Telegram rejected the bot token.")
  const details = { providerCode: code }
  if ((code === 400 || code === 403) && CHAT_NOT_FOUND.test(description)) {
    const message = "Telegram knows no such chat; a person must write to the bot first."
    const options = { reason: "chat_not_found", retryable: false, details } as const
    return new GatewayError("INVALID_REQUEST", message, options)
  }
  if (code === 403) {
    const message = `The bot may not write to this chat: ${description}.`
    const reason = NOT_IN_GROUP.test(description) ? "not_in_group" : "blocked_by_user"
    return new GatewayError("UNAVAILABLE", message, { reason, retryable: false, details })
  }
  if (code === 413) {
    const options = { reason: "media_too_large", retryable: false, details } as const
    return new GatewayError("UNAVAILABLE", "The message is too large for Telegram.", options)
  }
  const options = { reason: "provider_refused", retryable: false, details } as const
  return new GatewayError("UNAVAILABLE", `Telegram refused the message: ${description}.`, options)
}

/** Nothing will arrive in this chat before something changes there. */
export function closesChat(failure: Failure): boolean {
  return failure.kind === "refused" && failure.code === 403
}
