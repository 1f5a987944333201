import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `system-event` (M4): a note for the presence list, and for the agent's next turn of the main session. */
export function systemEvent({ clock, presence, store }: MethodParts): Handler<"system-event"> {
  return async (params) => {
    await store.notes.add(params.text, clock.now())
    presence.note(params)
    return { ok: true }
  }
}
