// TABLE: what the program's exit code says (rule D3), and which failure gives which.

import { GatewayError } from "#protocol"
import { FatalError, OperatorError } from "../host/errors.ts"
import { ClientFailure, type ClientFailureKind } from "./gw/failure.ts"
import { UsageError } from "./usage-error.ts"

export const EXIT = {
  ok: 0,
  /** Fatal at run time; also a request that the gateway could not carry out. */
  failed: 1,
  usage: 2,
  unreachable: 3,
  unauthorized: 4,
  notLinked: 5,
  /** Timed out, or the outcome is unknown. */
  unknown: 6,
  unhealthy: 7,
  /** Configuration, wrong Node, damaged or newer state: only the operator can put it right. */
  configuration: 78,
  interrupted: 130,
} as const

const OF_FAILURE: Readonly<Record<ClientFailureKind, number>> = {
  unreachable: EXIT.unreachable,
  unauthorized: EXIT.unauthorized,
  incompatible: EXIT.failed,
  timeout: EXIT.unknown,
  "outcome-unknown": EXIT.unknown,
  interrupted: EXIT.interrupted,
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage
  if (error instanceof OperatorError) return EXIT.configuration
  if (error instanceof FatalError) return EXIT.failed
  if (error instanceof ClientFailure) return OF_FAILURE[error.kind]
  if (error instanceof GatewayError) return ofGatewayError(error)
  return EXIT.failed
}

function ofGatewayError({ code, reason }: GatewayError): number {
  switch (code) {
    case "NOT_LINKED":
      return EXIT.notLinked
    case "AGENT_TIMEOUT":
      return EXIT.unknown
    case "INVALID_REQUEST":
      // The command line was right; a script must not take the account for the one it wanted.
      return reason === "already_linked" ? EXIT.failed : EXIT.usage
    case "UNAVAILABLE":
      if (reason === "connection_lost") return EXIT.unreachable
      return reason === "outcome_unknown" ? EXIT.unknown : EXIT.failed
    default:
      return code satisfies never
  }
}
