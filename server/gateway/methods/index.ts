// TABLE: the handler of every method. A method without one does not compile.

import type { Handlers } from "../dispatch.ts"
import { agent } from "./agent.ts"
import { chatAbort } from "./chat-abort.ts"
import { chatHistory } from "./chat-history.ts"
import { health } from "./health.ts"
import type { MethodParts } from "./parts.ts"
import { send } from "./send.ts"
import { status } from "./status.ts"
import { systemEvent } from "./system-event.ts"
import { systemPresence } from "./system-presence.ts"

export function createHandlers(parts: MethodParts): Handlers {
  return {
    health: health(parts),
    status: status(parts),
    "system-presence": systemPresence(parts),
    "system-event": systemEvent(parts),
    send: send(parts),
    agent: agent(parts),
    "chat.history": chatHistory(parts),
    "chat.abort": chatAbort(parts),
  }
}
