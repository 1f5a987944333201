import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `logout` (M10): takes the gateway off the account and forgets its credentials. */
export function logout({ logins }: MethodParts): Handler<"logout"> {
  return async ({ channel }) => ({ channel, ...(await logins.unlink(channel)) })
}
