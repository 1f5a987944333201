// Judges the first frame of a connection (rules H1 to H4). Pure: what it needs to know is passed in.

import { createHash, timingSafeEqual } from "node:crypto"
import * as v from "valibot"
import {
  CLOSE,
  type Close,
  chooseVersion,
  type DecodedText,
  describeIssues,
  findJsonFlaw,
  Hello,
  type HelloError,
  isObject,
  PROTOCOL_VERSION,
} from "#protocol"

export type Judgement =
  | { readonly ok: true; readonly hello: Hello; readonly protocol: number }
  | {
      readonly ok: false
      readonly error: HelloError
      readonly close: Close
      /** A token was given and is wrong. */
      readonly isGuess?: true
    }

export interface HandshakePolicy {
  /** The shared secret, if one is configured. */
  readonly token: string | undefined
  readonly shuttingDown: boolean
  /** How long this hello had to wait, if somebody has been guessing (rule T8). */
  readonly delayedByMs?: number | undefined
}

export const SHUTTING_DOWN: HelloError = {
  type: "hello-error",
  code: "UNAVAILABLE",
  reason: "shutting down: the gateway is stopping",
}

export function judgeHello(first: DecodedText, policy: HandshakePolicy): Judgement {
  if (policy.shuttingDown) return { ok: false, error: SHUTTING_DOWN, close: CLOSE.serviceRestart }
  if (!first.ok) return invalid(first.problem)
  const flaw = findJsonFlaw(first.value)
  if (flaw !== undefined) return invalid(`${flaw.path}: ${flaw.problem}`)
  if (!isObject(first.value) || first.value["type"] !== "hello") {
    return invalid("the first frame must be a hello")
  }
  const parsed = v.safeParse(Hello, first.value)
  if (!parsed.success) return invalid(describeIssues(parsed.issues))
  const hello = parsed.output
  if (hello.minProtocol > hello.maxProtocol) return invalid("minProtocol > maxProtocol")

  const protocol = chooseVersion(hello.minProtocol, hello.maxProtocol)
  if (protocol === undefined) {
    return {
      ok: false,
      close: CLOSE.protocolMismatch,
      error: {
        type: "hello-error",
        code: "PROTOCOL_MISMATCH",
        reason: "protocol mismatch",
        expectedProtocol: PROTOCOL_VERSION,
      },
    }
  }
  if (policy.token !== undefined) {
    const given = hello.auth?.token
    if (given === undefined || given === "") {
      return refuse(
        "UNAUTHORIZED",
        "unauthorized: this gateway needs a token in hello.auth.token",
        CLOSE.unauthorized,
      )
    }
    if (!showsToken(hello, policy.token)) return wrongToken(policy.delayedByMs)
  }
  return { ok: true, hello, protocol }
}

function invalid(problem: string): Judgement {
  return refuse("INVALID_REQUEST", `invalid hello: ${problem}`, CLOSE.invalidHello)
}

function wrongToken(delayedByMs: number | undefined): Judgement {
  const error: HelloError =
    delayedByMs === undefined
      ? {
          type: "hello-error",
          code: "UNAUTHORIZED",
          reason: "unauthorized: the token does not match",
        }
      : {
          type: "hello-error",
          code: "UNAUTHORIZED",
          reason: "unauthorized: too many tries",
          retryAfterMs: delayedByMs,
        }
  return { ok: false, close: CLOSE.unauthorized, error, isGuess: true }
}

function refuse(code: HelloError["code"], reason: string, close: Close): Judgement {
  return { ok: false, close, error: { type: "hello-error", code, reason } }
}

/** Whether a hello holds the token that is asked for, if any is. */
export function showsToken({ auth }: Hello, token: string | undefined): boolean {
  return token === undefined || sameSecret(auth?.token ?? "", token)
}

/** Takes the same time wherever two secrets differ, whatever their lengths. */
function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}
