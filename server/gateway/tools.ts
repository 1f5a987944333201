// What an agent may do in the gateway: look, and write to whom it may. What it sees is a method's own code.

import type { GatewayTool, GatewayTools } from "../agent/engine.ts"
import type { MethodParts } from "./methods/parts.ts"
import { readStatus } from "./methods/status.ts"
import { forOperator } from "./operator-tools.ts"
import { createSendTool } from "./send-tool.ts"

export function createGatewayTools(parts: () => MethodParts): GatewayTools {
  const aboutOthers: GatewayTool[] = [
    {
      name: "health",
      title: "Gateway health",
      description: "The state of every part of the gateway.",
      call: () => parts().health.read(),
    },
    {
      name: "status",
      title: "Gateway status",
      description: "A short summary: channels, sessions, runs, what waits.",
      call: () => readStatus(parts()),
    },
    {
      name: "presence",
      title: "Who is connected",
      description: "The clients that are connected to the gateway.",
      call: async () => parts().presence.list(),
    },
    {
      name: "sessions",
      title: "Recent sessions",
      description: "The conversations of the gateway, newest first.",
      call: () => parts().store.sessions.recent(20),
    },
  ]
  const tools = [
    ...aboutOthers.map((tool) => forOperator(tool, () => parts().channels)),
    createSendTool(parts),
  ]
  return new Map(tools.map((tool) => [tool.name, tool]))
}
