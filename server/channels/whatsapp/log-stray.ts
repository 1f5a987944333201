import type { Logger } from "../../host/logger.ts"
import { describeStray } from "../../host/strays.ts"

/** What Baileys leaves to nobody, such as an answer that it wanted to send while the connection closed, is no more than a line. */
export function logStray(log: Logger, error: unknown): void {
  log.warn("WhatsApp's library failed on its own", { error: describeStray(error) })
}
