// What a call to the Bot API can come to. grammY's errors end here: they hold the URL, and with it the token.

import { GrammyError, HttpError } from "grammy"
import { quote } from "#protocol"

export type Failure =
  /** The service answered and did nothing. */
  | {
      readonly kind: "refused"
      readonly code: number
      readonly description: string
      readonly retryAfterMs?: number
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

// What only comes up before a single byte of the request was written: no connection, or no trust in it.
const BEFORE_WRITING: ReadonlySet<string> = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
])
const CONNECTING: ReadonlySet<string> = new Set(["connect", "getaddrinfo"])

const LONGEST_RETRY_AFTER_S = 86_400

export function toFailure(error: unknown): Failure {
  if (error instanceof GrammyError) return toRefusal(error)
  const thrown = error instanceof HttpError ? error.error : error
  // Node's fetch throws a TypeError that says nothing and has the reason behind it.
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
  const code = quote(propertyOf(cause, "code") ?? "")
  if (isBeforeWriting(cause)) return { kind: "unreached", cause: `cannot connect (${code})` }
  const what = code === "" ? "no usable answer" : `connection lost (${code})`
  return { kind: "unanswered", cause: what }
}

function toRefusal(error: GrammyError): Failure {
  const { error_code: code, description, parameters } = error
  // A gateway in front of the service may answer 5xx for a call that took effect behind it.
  if (!(Number.isInteger(code) && code >= 400 && code < 500)) {
    return { kind: "unanswered", cause: `the service failed (${quote(String(code))})` }
  }
  const seconds = Number(parameters?.retry_after)
  return {
    kind: "refused",
    code,
    description: quote(redactToken(String(description))),
    ...(seconds > 0 && { retryAfterMs: Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1_000 }),
  }
}

/** The text with every bot token in it blotted out. */
export function redactToken(text: string): string {
  return text.replace(/\d+:[A-Za-z0-9_-]{10,}/g, "[token]")
}

function isBeforeWriting(cause: unknown): boolean {
  // Several addresses were tried and none took the connection.
  if (cause instanceof AggregateError) return true
  const syscall = propertyOf(cause, "syscall") ?? ""
  return CONNECTING.has(syscall) || BEFORE_WRITING.has(propertyOf(cause, "code") ?? "")
}

function propertyOf(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const property: unknown = Reflect.get(value, key)
  return typeof property === "string" ? property : undefined
}
