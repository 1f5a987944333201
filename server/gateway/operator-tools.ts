// What the agent can find out about others is for whoever runs the gateway: it is told in WebChat, to
// clients, and in an account's chat with itself, but not to somebody who may only write to the agent.

import { GatewayError, isClientSession } from "#protocol"
import type { GatewayTool, ToolCaller } from "../agent/engine.ts"
import type { Channels } from "./channels.ts"

/** The tool, for turns of the operator only; any other call is refused with a sentence for the person. */
export function forOperator(
  tool: GatewayTool,
  channels: () => Pick<Channels, "health">,
): GatewayTool {
  return {
    ...tool,
    async call(input, caller) {
      if (!isOperator(caller, channels())) {
        throw new GatewayError(
          "INVALID_REQUEST",
          "I tell that only in WebChat, and in the account's chat with itself.",
          { reason: "operator_only", retryable: false },
        )
      }
      return tool.call(input, caller)
    },
  }
}

function isOperator({ sessionKey }: ToolCaller, channels: Pick<Channels, "health">): boolean {
  if (isClientSession(sessionKey)) return true
  return Object.entries(channels.health()).some(
    ([id, { linked, self }]) => linked === true && sessionKey === `${id}:${self}`,
  )
}
