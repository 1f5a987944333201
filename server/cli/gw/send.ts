// One message through the gateway. If it is unclear whether it went out, the key that makes a repetition
// safe is part of the failure.

import { GatewayError, type SendParams, type SendResult } from "#protocol"
import { isLost, type Link, withGateway } from "./connect.ts"
import { ClientFailure } from "./failure.ts"

export async function send(link: Link, params: SendParams): Promise<SendResult> {
  let sent = false
  try {
    return await withGateway(link, ({ request }) => {
      sent = true
      return request("send", params)
    })
  } catch (error) {
    if (sent && isUnknown(error)) throw toUnknown(error, params.idempotencyKey)
    throw error
  }
}

/** Whether an error leaves open if the request was carried out. */
function isUnknown(error: unknown): error is Error {
  if (error instanceof ClientFailure && error.kind !== "unreachable") return true
  if (error instanceof GatewayError && error.reason === "outcome_unknown") return true
  return isLost(error)
}

export function toUnknown(error: Error, idempotencyKey: string): ClientFailure {
  const why = error.message.replace(/\.$/, "")
  return new ClientFailure(
    error instanceof ClientFailure && error.kind === "interrupted"
      ? "interrupted"
      : "outcome-unknown",
    `${why}: outcome unknown; repeating with --idempotency-key ${idempotencyKey} is safe`,
    { cause: error, details: { reason: "outcome_unknown", idempotencyKey } },
  )
}
