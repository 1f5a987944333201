// TABLE: the handler of every method. A method without one does not compile.

import type { Handlers } from "../dispatch.ts"
import { agent } from "./agent.ts"
import { agentDecide } from "./agent-decide.ts"
import { chatAbort } from "./chat-abort.ts"
import { chatHistory } from "./chat-history.ts"
import { commandsList } from "./commands-list.ts"
import { health } from "./health.ts"
import { loginCancel } from "./login-cancel.ts"
import { loginStart } from "./login-start.ts"
import { logout } from "./logout.ts"
import { logsTail } from "./logs-tail.ts"
import { mediaGet } from "./media-get.ts"
import { outboxDrop } from "./outbox-drop.ts"
import { outboxList } from "./outbox-list.ts"
import { outboxRetry } from "./outbox-retry.ts"
import type { MethodParts } from "./parts.ts"
import { send } from "./send.ts"
import { sendersAllow } from "./senders-allow.ts"
import { sendersList } from "./senders-list.ts"
import { sendersRemove } from "./senders-remove.ts"
import { sessionsDelete } from "./sessions-delete.ts"
import { sessionsList } from "./sessions-list.ts"
import { sessionsPatch } from "./sessions-patch.ts"
import { sessionsReset } from "./sessions-reset.ts"
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
    "agent.decide": agentDecide(parts),
    "chat.history": chatHistory(parts),
    "chat.abort": chatAbort(parts),
    "sessions.list": sessionsList(parts),
    "sessions.patch": sessionsPatch(parts),
    "sessions.reset": sessionsReset(parts),
    "sessions.delete": sessionsDelete(parts),
    "logs.tail": logsTail(parts),
    "commands.list": commandsList(),
    "media.get": mediaGet(parts),
    "login.start": loginStart(parts),
    "login.cancel": loginCancel(parts),
    logout: logout(parts),
    "senders.list": sendersList(parts),
    "senders.allow": sendersAllow(parts),
    "senders.remove": sendersRemove(parts),
    "outbox.list": outboxList(parts),
    "outbox.retry": outboxRetry(parts),
    "outbox.drop": outboxDrop(parts),
  }
}
