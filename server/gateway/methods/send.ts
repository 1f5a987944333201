import { randomUUID } from "node:crypto"
import {
  fromErrorShape,
  GatewayError,
  invalidRequest,
  NOT_BLANK,
  type SendParams,
  type SendResult,
} from "#protocol"
import { type MediaSource, readMediaSource } from "../../media/media.ts"
import type { DeliveryRecord, KeyedRequest } from "../../store/store.ts"
import { createAccepting } from "../accepting.ts"
import type { Handler } from "../dispatch.ts"
import { acceptedRecord, toKeyedRequest } from "../idempotency.ts"
import { toItems } from "../items.ts"
import type { MethodParts } from "./parts.ts"

/** `send` (M5): delivers one message, once per idempotency key, or says at once why it cannot. */
export function send(parts: MethodParts): Handler<"send"> {
  const { channels, clock, handles, media, outbox, stopping, store, timings } = parts
  const accepting = createAccepting<string>()

  return async (params) => {
    const content = readContent(params)
    const keyed = toKeyedRequest(params)
    const waiting = new AbortController()
    const deadlineMs =
      content.source === undefined ? timings.sendDeadlineMs : timings.mediaSendDeadlineMs
    const timer = clock.after(deadlineMs, () => waiting.abort())
    try {
      const id = await accepting.once(keyed, () => accept(params, content, keyed))
      return toResult(await outbox.settled(id, waiting.signal))
    } finally {
      timer.cancel()
    }
  }

  /** Gives the id of the delivery, which is on disk then, with its file. */
  async function accept(
    params: SendParams,
    { source, text }: SendContent,
    keyed: KeyedRequest,
  ): Promise<string> {
    const target = await handles.lookUp(channels.resolve(params.to, params.channel))
    const known = await store.outbox.find(keyed)
    if (known !== undefined) return acceptedRecord(known).id
    await channels.whenOpen(target.channel, timings.sendWaitMs, stopping)
    const { definition } = channels.get(target.channel) ?? {}
    if (definition === undefined) throw new Error("an open channel has no row")
    const files = source === undefined ? [] : [await media.obtain(source)]
    const acceptance = await store.outbox.acceptSend(keyed, {
      id: randomUUID(),
      channel: target.channel,
      chat: target.chat,
      to: params.to,
      items: toItems(text, files, definition),
      createdAt: clock.now(),
    })
    const delivery = acceptedRecord(acceptance)
    if (acceptance.kind === "new") outbox.added(delivery)
    return delivery.id
  }
}

interface SendContent {
  readonly text: string
  readonly source: MediaSource | undefined
}

function readContent({ mediaUrl, message = "" }: SendParams): SendContent {
  const isBlank = !NOT_BLANK.test(message)
  if (mediaUrl === undefined && isBlank) throw invalidRequest("message: must not be blank")
  return {
    text: isBlank ? "" : message,
    source: mediaUrl === undefined ? undefined : readMediaSource(mediaUrl),
  }
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
