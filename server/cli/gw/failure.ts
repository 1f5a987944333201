// Why a client could not do its work, when it was not the gateway's answer that said so.

export type ClientFailureKind =
  /** Nobody is there, or not a gateway. */
  | "unreachable"
  | "unauthorized"
  /** The two speak no common version of the protocol. */
  | "incompatible"
  /** No answer in time. */
  | "timeout"
  /** It may have happened; the same idempotency key repeats it safely. */
  | "outcome-unknown"
  /** Ctrl-C. */
  | "interrupted"

export class ClientFailure extends Error {
  override readonly name = "ClientFailure"
  readonly kind: ClientFailureKind
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(
    kind: ClientFailureKind,
    message: string,
    options: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options)
    this.kind = kind
    this.details = options.details
  }
}

/** The gateway was reached and did not answer. */
export function noAnswer(timeoutMs: number): ClientFailure {
  return new ClientFailure("timeout", `The gateway did not answer within ${timeoutMs / 1_000} s.`)
}
