// Linking an account with the gateway (rule M10). What is shown meanwhile is a credential: it goes to the
// connection that asked for it and nowhere else.

import * as v from "valibot"
import { ErrorShape } from "./errors.ts"
import { shortText, TimestampMs } from "./text.ts"

const PHONE = /^\+[1-9][0-9]{6,14}$/

/** Params of `login.start`; that `code` needs the number of the account is checked by the method. */
export const LoginStartParams = v.strictObject({
  channel: shortText(),
  method: v.picklist(["qr", "code"], "must be qr or code"),
  phone: v.optional(v.pipe(v.string(), v.regex(PHONE, "must be a number such as +15550100000"))),
})
export type LoginStartParams = v.InferOutput<typeof LoginStartParams>

export const LoginStarted = v.object({ loginId: v.string() })

/** Params of `login.cancel`; without an id whatever login runs. */
export const LoginCancelParams = v.strictObject({ loginId: v.optional(shortText()) })

export const LoginCancelled = v.object({ cancelled: v.boolean() })

export const LogoutParams = v.strictObject({ channel: shortText() })

/** `loggedOut` is false if no account was linked. */
export const LoggedOut = v.object({
  channel: v.string(),
  loggedOut: v.boolean(),
  /** False: the service was out of reach and still lists the gateway among the account's devices. */
  serviceTold: v.optional(v.boolean()),
})

export const LoginState = v.picklist([
  "preparing",
  "code",
  "linking",
  "linked",
  "expired",
  "exhausted",
  "refused",
  "cancelled",
])
export type LoginState = v.InferOutput<typeof LoginState>

export const LoginEvent = v.object({
  loginId: v.string(),
  state: LoginState,
  /** The text of a QR code. */
  qr: v.optional(v.string()),
  /** What is typed on the phone. */
  code: v.optional(v.string()),
  expiresAt: v.optional(TimestampMs),
  self: v.optional(v.string()),
  error: v.optional(ErrorShape),
})
export type LoginEvent = v.InferOutput<typeof LoginEvent>
