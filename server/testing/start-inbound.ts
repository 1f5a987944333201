// A real gateway whose channel in memory people write to, and the waits that such tests share.

import { onTestFinished } from "vitest"
import type { InboundMessage } from "../channels/channel.ts"
import { type StartOptions, startGateway } from "./start-gateway.ts"

export async function startInbound(options: StartOptions = {}) {
  const gateway = await startGateway(options)
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect({ caps: ["runs"] })
  /** Until this many messages have gone out; a request and its answer pass meanwhile. */
  const sent = async (count: number) => {
    while (gateway.channel.sent.length < count) await client.call("system-presence")
    return gateway.channel.sent.map(({ chat, text }) => `${chat}: ${text}`)
  }
  /** Until nothing of what came in or is to go out is left to do. */
  const quiet = async () => {
    for (let calm = 0; calm < 5; ) {
      const { inbox, outbox, runs } = await client.request("status", {})
      calm = inbox.pending + runs.active + runs.queued + outbox.pending === 0 ? calm + 1 : 0
    }
  }
  /** Until what holds is true. */
  const until = async (holds: () => unknown) => {
    while (!holds()) await client.call("system-presence")
  }
  return { client, gateway, quiet, sent, until }
}

/** Words of a message that is written in a group, to the bot unless told otherwise. */
export const inGroup = (words: Partial<NonNullable<InboundMessage["group"]>> = {}) => ({
  group: { id: "-5", title: "Team", mentioned: true, ...words },
})
