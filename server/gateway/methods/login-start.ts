import { invalidRequest, type LoginStartParams } from "#protocol"
import type { LinkRequest } from "../../channels/channel.ts"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `login.start` (M10): begins to link an account; events tell how it goes on. */
export function loginStart({ logins }: MethodParts): Handler<"login.start"> {
  return async (params, { answered, requester }) =>
    logins.start(params.channel, toRequest(params), { answered, owner: requester })
}

function toRequest({ method, phone }: LoginStartParams): LinkRequest {
  if (method === "qr") return { method }
  if (phone === undefined) throw invalidRequest("phone: is needed by the method code")
  return { method, phone }
}
