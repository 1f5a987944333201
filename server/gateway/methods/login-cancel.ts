import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `login.cancel` (M10): ends a login, whoever began it. */
export function loginCancel({ logins }: MethodParts): Handler<"login.cancel"> {
  return async ({ loginId }) => ({ cancelled: await logins.cancel(loginId) })
}
