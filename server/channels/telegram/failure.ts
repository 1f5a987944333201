// What a call to the Bot API can come to. grammY's errors end here: they hold the URL, and with it the token.

import { GrammyError, HttpError } from "grammy"
import { quote } from "#protocol"
import { ConnectionLost, NotSent } from "./transport.ts"

export type Failure =
  /** The service answered and did nothing. */
  | {
      readonly kind: "refused"
      readonly code: number
      readonly description: string
      readonly retryAfterMs?: number
      /** The chat is a group that has become a supergroup, under this id. */
      readonly movedTo?: number
    }
  /** The service surely has not heard of it. */
  | { readonly kind: "unreached"; readonly cause: string }
  /** It may have happened: the answer is missing or makes no sense. */
  | { readonly kind: "unanswered"; readonly cause: string }

/** A call that failed. Holds no secret; does not leave the channel. */
export class TelegramError extends Error {
  override readonly name = "TelegramError"
  readonly method: string
  readonly failure: Failure

  constructor(method: string, failure: Failure) {
    super(`${method} failed: ${describeFailure(failure)}`)
    this.method = method
    this.failure = failure
  }
}

export function describeFailure(failure: Failure): string {
  if (failure.kind === "refused") return `${failure.code} ${failure.description}`
  return failure.cause
}

const LONGEST_RETRY_AFTER_S = 86_400

export function toFailure(error: unknown): Failure {
  if (error instanceof GrammyError) return toRefusal(error)
  const thrown = error instanceof HttpError ? error.error : error
  if (thrown instanceof NotSent) return { kind: "unreached", cause: thrown.message }
  if (thrown instanceof ConnectionLost) return { kind: "unanswered", cause: thrown.message }
  return { kind: "unanswered", cause: "no usable answer" }
}

function toRefusal(error: GrammyError): Failure {
  const { error_code: code, description, parameters } = error
  // A gateway in front of the service may answer 5xx for a call that took effect behind it.
  if (!(Number.isInteger(code) && code >= 400 && code < 500)) {
    return { kind: "unanswered", cause: `the service failed (${quote(String(code))})` }
  }
  const seconds = Number(parameters?.retry_after)
  const movedTo = parameters?.migrate_to_chat_id
  return {
    kind: "refused",
    code,
    description: quote(redactToken(String(description))),
    ...(seconds > 0 && { retryAfterMs: Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1_000 }),
    ...(Number.isSafeInteger(movedTo) && movedTo !== undefined && { movedTo }),
  }
}

/** The text with every bot token in it blotted out. */
export function redactToken(text: string): string {
  return text.replace(/\d+:[A-Za-z0-9_-]{10,}/g, "[token]")
}
