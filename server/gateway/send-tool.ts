// The agent's own way to write to somebody: only to people and groups that may write to it, or to the chat it
// is talking in. What somebody talked it into must not reach anybody else.

import { randomUUID } from "node:crypto"
import * as v from "valibot"
import { describeIssues, invalidRequest, LIMITS, NOT_BLANK } from "#protocol"
import type { GatewayTool, ToolCaller } from "../agent/engine.ts"
import type { ChannelSlot, ResolvedTarget } from "./channels.ts"
import { toItems } from "./items.ts"
import type { MethodParts } from "./methods/parts.ts"

const Input = v.strictObject({
  to: v.pipe(v.string(), v.minLength(1, "must not be empty")),
  message: v.pipe(
    v.string(),
    v.regex(NOT_BLANK, "must not be blank"),
    v.maxLength(LIMITS.maxSendLength, `must have at most ${LIMITS.maxSendLength} characters`),
  ),
  channel: v.optional(v.string()),
})

type SendToolParts = Pick<MethodParts, "channels" | "clock" | "handles" | "outbox" | "store">

export function createSendTool(parts: () => SendToolParts): GatewayTool {
  return {
    name: "send_message",
    title: "Send a message",
    description:
      "Sends a text to somebody who may write to this gateway: {to, message, channel?}. It waits for its channel if that is down.",
    async call(input, caller) {
      const read = v.safeParse(Input, input)
      if (!read.success) throw invalidRequest(describeIssues(read.issues))
      const { channel, message, to } = read.output
      const { channels, clock, handles, outbox, store } = parts()
      const target = await handles.lookUp(channels.resolve(to, channel))
      const slot = channels.get(target.channel)
      if (slot === undefined || !(await mayBeWrittenTo(parts(), slot, target, caller))) {
        throw invalidRequest(
          "to: the agent may write only to people and groups that are allowed to write to it",
          "target_not_allowed",
        )
      }
      channels.require(target.channel)
      const delivery = {
        id: randomUUID(),
        channel: target.channel,
        chat: target.chat,
        to,
        items: toItems(message, [], slot.definition),
        createdAt: clock.now(),
        runId: caller.runId,
      }
      await store.outbox.add(delivery)
      outbox.added(delivery)
      return { status: "queued", channel: target.channel, to }
    },
  }
}

async function mayBeWrittenTo(
  { handles, store }: SendToolParts,
  { channel, definition, settings }: ChannelSlot,
  target: ResolvedTarget,
  caller: ToolCaller,
): Promise<boolean> {
  const isTarget = (chat: { readonly channel: string; readonly chat: string } | undefined) =>
    chat?.channel === target.channel && chat.chat === target.chat
  const own = await store.sessions.get(caller.sessionKey)
  if (isTarget(own?.lastChat)) return true
  // `*` lets everybody write, which names nobody: whoever has written is somebody.
  if (settings.allowFrom.includes("*")) {
    const session = await store.sessions.get(target.sessionKey)
    if (isTarget(session?.lastChat)) return true
  }
  const added = await store.senders.list()
  const self = channel?.health().self
  const named = [
    ...settings.allowFrom.filter((id) => id !== "*"),
    ...Object.keys(settings.groups),
    ...added.filter((sender) => sender.channel === target.channel).map(({ id }) => id),
    ...(self === undefined ? [] : [self]),
  ]
  for (const id of named) {
    const read = definition.readTarget(id, true)
    if (read === undefined) continue
    if (isTarget(await handles.lookUp({ ...read, channel: target.channel }))) return true
  }
  return false
}
