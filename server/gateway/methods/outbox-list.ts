import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** Its frame stays small, whatever the rows hold. */
const MAX_LISTED = 100

/** `outbox.list` (M16): what is not sent, oldest first. */
export function outboxList({ store }: MethodParts): Handler<"outbox.list"> {
  return async () => ({ deliveries: [...(await store.outbox.list(MAX_LISTED))] })
}
