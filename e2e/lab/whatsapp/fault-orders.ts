// Faults as data, for those who order them from another process or from a keyboard.

import * as v from "valibot"
import type { Faults } from "./faults.ts"
import type { Media } from "./media.ts"

const Times = v.pipe(v.number(), v.integer(), v.minValue(1))
const Behaviour = v.picklist(["normal", "deaf", "frozen"])
const AckPlace = {
  id: v.exactOptional(v.string()),
  to: v.exactOptional(v.string()),
  times: v.exactOptional(Times),
}

export const FaultOrder = v.variant("fault", [
  v.object({ fault: v.literal("stream-error"), code: v.exactOptional(v.number()) }),
  v.object({ fault: v.literal("replace") }),
  v.object({ fault: v.literal("end-stream") }),
  v.object({ fault: v.literal("close"), code: v.exactOptional(v.number()) }),
  v.object({ fault: v.literal("terminate") }),
  v.object({ fault: v.literal("behave"), as: Behaviour }),
  v.object({ fault: v.literal("behave-from-now-on"), as: Behaviour }),
  v.object({ fault: v.literal("admit"), as: v.picklist(["accept", "refuse", "silent"]) }),
  v.object({
    fault: v.literal("fail-login"),
    reason: v.number(),
    expire: v.exactOptional(v.number()),
    times: v.exactOptional(Times),
  }),
  v.object({
    fault: v.literal("end-at-login"),
    code: v.number(),
    times: v.exactOptional(Times),
  }),
  v.object({
    fault: v.literal("media"),
    on: v.picklist(["upload", "download"]),
    as: v.picklist(["error", "hang", "cut"]),
    times: v.exactOptional(Times),
  }),
  v.object({
    fault: v.literal("ack"),
    ack: v.variant("kind", [
      v.object({ ...AckPlace, kind: v.literal("error"), error: v.number() }),
      v.object({ ...AckPlace, kind: v.literal("hold") }),
      v.object({ ...AckPlace, kind: v.literal("delay"), delayMs: v.number() }),
      v.object({ ...AckPlace, kind: v.literal("lose") }),
    ]),
  }),
  v.object({ fault: v.literal("release-acks") }),
  v.object({ fault: v.literal("ignore-receipts"), times: v.optional(Times, 1) }),
  v.object({ fault: v.literal("heal") }),
])
export type FaultOrder = v.InferOutput<typeof FaultOrder>

type Lab = { readonly faults: Faults; readonly media: Media }

export function performFault({ faults, media }: Lab, order: FaultOrder): void {
  switch (order.fault) {
    case "stream-error":
      faults.streamError(order.code)
      break
    case "replace":
      faults.replace()
      break
    case "end-stream":
      faults.endStream()
      break
    case "close":
      faults.close(order.code)
      break
    case "terminate":
      faults.terminate()
      break
    case "behave":
      faults.behave(order.as)
      break
    case "behave-from-now-on":
      faults.behaveFromNowOn(order.as)
      break
    case "admit":
      faults.admit(order.as)
      break
    case "fail-login":
      faults.failLogin(order)
      break
    case "end-at-login":
      faults.endAtLogin(order.code, order.times)
      break
    case "media":
      media.spoil(order)
      break
    case "ack":
      faults.spoilAck(order.ack)
      break
    case "release-acks":
      faults.releaseAcks()
      break
    case "ignore-receipts":
      faults.ignoreReceipts(order.times)
      break
    case "heal":
      faults.heal()
      media.heal()
      break
  }
}
