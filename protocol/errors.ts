// What can go wrong, decided once: the four codes of `res.error`, the codes of `hello-error`, and
// the one error class that crosses every wall of the program.

import * as v from "valibot"
import { recordOf } from "./text.ts"

/**
 * The codes of `res.error` (rule R3).
 *
 * - `NOT_LINKED`: WhatsApp is not authenticated.
 * - `AGENT_TIMEOUT`: a run did not end before its deadline.
 * - `INVALID_REQUEST`: the request broke a rule; sending it again unchanged cannot help.
 * - `UNAVAILABLE`: shutting down, a dependency is missing, over capacity, or stopped.
 */
export const ErrorCode = v.picklist([
  "NOT_LINKED",
  "AGENT_TIMEOUT",
  "INVALID_REQUEST",
  "UNAVAILABLE",
])
export type ErrorCode = v.InferOutput<typeof ErrorCode>

/** The finer causes that `details.reason` may name. */
export type ErrorReason =
  | "aborted"
  | "account_refused"
  | "agent_failed"
  | "agent_not_found"
  | "already_linked"
  | "banned"
  | "blocked_address"
  | "blocked_by_user"
  | "blocked_path"
  | "chat_not_found"
  | "connection_lost"
  | "idempotency_conflict"
  | "internal"
  | "interrupted"
  | "login_expired"
  | "login_in_progress"
  | "login_refused"
  | "media_too_large"
  | "media_unavailable"
  | "not_configured"
  | "not_connected"
  | "not_in_group"
  | "operator_only"
  | "outcome_unknown"
  | "output_too_large"
  | "over_capacity"
  | "provider_refused"
  | "rate_limited"
  | "request_too_large"
  | "shutting_down"
  | "state_damaged"
  | "storage"
  | "target_not_allowed"
  | "unsupported"

export const ErrorShape = v.object({
  code: ErrorCode,
  message: v.string(),
  details: v.optional(recordOf(v.unknown())),
  retryable: v.optional(v.boolean()),
  retryAfterMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
})
export type ErrorShape = v.InferOutput<typeof ErrorShape>

export const HelloErrorCode = v.picklist([
  "INVALID_REQUEST",
  "UNAUTHORIZED",
  "PROTOCOL_MISMATCH",
  "UNAVAILABLE",
])
export type HelloErrorCode = v.InferOutput<typeof HelloErrorCode>

export interface GatewayErrorOptions {
  readonly cause?: unknown
  readonly reason?: ErrorReason
  readonly details?: Readonly<Record<string, unknown>>
  /** Only true if the request surely had no effect (rule R3). */
  readonly retryable?: boolean
  readonly retryAfterMs?: number
  /** What a failed response carries beside its error, such as the final of a failed run. */
  readonly payload?: unknown
}

/**
 * An expected failure. Its message is one sentence that a person can act on and holds no secret.
 * Anything else that is thrown is a programmer's error.
 */
export class GatewayError extends Error {
  override readonly name = "GatewayError"
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly retryable: boolean | undefined
  readonly retryAfterMs: number | undefined
  readonly payload: unknown

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details =
      options.reason === undefined
        ? options.details
        : { ...options.details, reason: options.reason }
    this.retryable = options.retryable
    this.retryAfterMs = options.retryAfterMs
    this.payload = options.payload
  }

  get reason(): string | undefined {
    const reason = this.details?.["reason"]
    return typeof reason === "string" ? reason : undefined
  }
}

/** The request broke a rule: sending it again unchanged cannot help. */
export function invalidRequest(message: string, reason?: ErrorReason): GatewayError {
  return new GatewayError("INVALID_REQUEST", message, {
    retryable: false,
    ...(reason !== undefined && { reason }),
  })
}

/** The gateway ends: nothing came of the request, and it may be sent again after the restart (rule R8). */
export function shuttingDown(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The gateway is shutting down.", {
    reason: "shutting_down",
    retryable: true,
  })
}

/** The wire form of an expected failure. */
export function toErrorShape(error: GatewayError): ErrorShape {
  return {
    code: error.code,
    message: error.message,
    ...(error.details !== undefined && { details: { ...error.details } }),
    ...(error.retryable !== undefined && { retryable: error.retryable }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  }
}

/** The expected failure that a wire form stands for. */
export function fromErrorShape(shape: ErrorShape, payload?: unknown): GatewayError {
  return new GatewayError(shape.code, shape.message, {
    ...(shape.details !== undefined && { details: shape.details }),
    ...(shape.retryable !== undefined && { retryable: shape.retryable }),
    ...(shape.retryAfterMs !== undefined && { retryAfterMs: shape.retryAfterMs }),
    ...(payload !== undefined && { payload }),
  })
}

/** The close codes and reasons that the gateway uses; reasons are fixed strings of at most 123 bytes. */
export const CLOSE = {
  invalidHello: { code: 1008, reason: "invalid hello" },
  protocolMismatch: { code: 1002, reason: "protocol mismatch" },
  unauthorized: { code: 1008, reason: "unauthorized" },
  handshakeTimeout: { code: 1008, reason: "handshake timeout" },
  alreadyConnected: { code: 1008, reason: "already connected" },
  malformedJson: { code: 1008, reason: "malformed JSON" },
  tooDeep: { code: 1008, reason: "too deeply nested" },
  tooManyInvalidFrames: { code: 1008, reason: "too many invalid frames" },
  pingFlood: { code: 1008, reason: "ping flood" },
  slowConsumer: { code: 1008, reason: "slow consumer" },
  invalidUtf8: { code: 1007, reason: "invalid UTF-8" },
  tooBig: { code: 1009, reason: "message too big" },
  serviceRestart: { code: 1012, reason: "service restart" },
  /** Used by clients only (rule E3). */
  tickTimeout: { code: 4000, reason: "tick timeout" },
  normal: { code: 1000, reason: "" },
} as const satisfies Record<string, { code: number; reason: string }>

export type Close = (typeof CLOSE)[keyof typeof CLOSE]
