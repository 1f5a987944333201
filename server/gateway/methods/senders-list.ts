import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `senders.list` (M15): who may write, by an operator's word and by the configuration. */
export function sendersList({ channels, store }: MethodParts): Handler<"senders.list"> {
  return async () => ({
    allowed: [...(await store.senders.list())],
    configured: channels.slots.flatMap(({ definition, settings }) =>
      [...settings.allowFrom, ...Object.keys(settings.groups)].map((id) => ({
        channel: definition.id,
        id,
      })),
    ),
  })
}
