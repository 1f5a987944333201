import { randomUUID } from "node:crypto"
import { fromErrorShape, GatewayError, invalidRequest, NOT_BLANK, type SendResult } from "#protocol"
import type { DeliveryRecord } from "../../store/store.ts"
import type { Handler } from "../dispatch.ts"
import { acceptedRecord, toKeyedRequest } from "../idempotency.ts"
import { splitText } from "../split.ts"
import type { MethodParts } from "./parts.ts"

/** `send` (M5): delivers one message, once per idempotency key, or says at once why it cannot. */
export function send(parts: MethodParts): Handler<"send"> {
  const { channels, clock, handles, outbox, store, timings } = parts

  return async (params) => {
    const texts = readTexts(params)
    const target = await handles.lookUp(channels.resolve(params.to, params.channel))
    const keyed = toKeyedRequest(params)
    const waiting = new AbortController()
    const timer = clock.after(timings.sendDeadlineMs, () => waiting.abort())
    try {
      const known = await store.outbox.find(keyed)
      if (known === undefined) await channels.whenOpen(target.channel, timings.sendWaitMs)
      const acceptance = await store.outbox.acceptSend(keyed, {
        id: randomUUID(),
        channel: target.channel,
        chat: target.chat,
        to: params.to,
        texts: texts(channels.get(target.channel)?.definition.maxTextLength ?? 0),
        createdAt: clock.now(),
      })
      const delivery = acceptedRecord(acceptance)
      if (acceptance.kind === "new") outbox.added(delivery)
      return toResult(await outbox.settled(delivery.id, waiting.signal))
    } finally {
      timer.cancel()
    }
  }
}

function readTexts(params: {
  message?: string | undefined
  mediaUrl?: string | undefined
}): (maxLength: number) => string[] {
  if (params.mediaUrl !== undefined) {
    throw invalidRequest("mediaUrl: sending media is not supported", "unsupported")
  }
  const message = params.message ?? ""
  if (!NOT_BLANK.test(message)) {
    throw invalidRequest("message: must not be blank")
  }
  return (maxLength) => splitText(message, maxLength)
}

function toResult(delivery: DeliveryRecord | "late"): SendResult {
  const outcome = delivery === "late" ? undefined : delivery.outcome
  if (outcome === undefined) {
    throw new GatewayError(
      "UNAVAILABLE",
      "It is not known whether the message arrived. Repeating with the same idempotencyKey is safe.",
      { reason: "outcome_unknown", retryable: false },
    )
  }
  if (!outcome.ok) throw fromErrorShape(outcome.error, outcome.payload)
  // The outbox wrote it.
  return outcome.payload as SendResult
}
