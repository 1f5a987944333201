import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `login.start` (M10): begins to link an account; events tell how it goes on. */
export function loginStart({ logins }: MethodParts): Handler<"login.start"> {
  return async ({ channel, method, phone }, { answered, requester }) =>
    logins.start(
      channel,
      // The schema has seen to it that a code has its number.
      method === "code" && phone !== undefined ? { method, phone } : { method: "qr" },
      { answered, owner: requester },
    )
}
