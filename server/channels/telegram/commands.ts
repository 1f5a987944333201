// The list of commands that Telegram offers people who type a slash. Set only where it differs, because
// it seldom does.

import * as v from "valibot"
import type { ChannelCommand } from "../channel.ts"
import type { BotApi } from "./bot-api.ts"

const Listed = v.array(v.object({ command: v.string(), description: v.string() }))

/** Rejects when the service does not take part. */
export async function offerCommands(
  api: BotApi,
  commands: readonly ChannelCommand[],
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const wanted = commands.map(({ name, description }) => ({ command: name, description }))
  const listed = v.safeParse(Listed, await api.call("getMyCommands", {}, options))
  if (listed.success && JSON.stringify(listed.output) === JSON.stringify(wanted)) return
  await api.call("setMyCommands", { commands: wanted }, options)
}
