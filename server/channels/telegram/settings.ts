// What may stand under `channels.telegram`. No message quotes a value: one of them is a secret.

import * as v from "valibot"
import type { ChannelSettings } from "../channel.ts"
import { GroupRule } from "../group-rule.ts"
import { isProxyUrl } from "./proxy.ts"
import { HANDLE } from "./target.ts"

const USER_ID = /^[1-9][0-9]{0,15}$/
const GROUP_ID = /^-[1-9][0-9]{0,15}$/
const TOKEN = /^[0-9]{1,20}:[A-Za-z0-9_-]{10,128}$/

/** The form of a bot token. Whether it is a token only the service knows. */
function isBotToken(text: string): boolean {
  return TOKEN.test(text)
}

const BotToken = v.pipe(
  v.string("must be a string"),
  v.check(isBotToken, "must be a bot token from @BotFather, such as 123456:ABC…"),
)

const AllowedSender = v.pipe(
  v.union([v.string(), v.number()], "must be a user id, an @name or *"),
  v.transform((entry) => String(entry).toLowerCase()),
  v.check(
    (entry) => entry === "*" || HANDLE.test(entry) || isSafeId(entry, USER_ID),
    "must be a user id, an @name or *",
  ),
)

const GroupId = v.pipe(
  v.string(),
  v.check((id) => isSafeId(id, GROUP_ID), "must be the id of a group, such as -1001234567890"),
)

const ApiRoot = v.pipe(
  v.string("must be a string"),
  v.check(isApiRoot, "must be an http or https URL without a user, a query or a slash at its end"),
)

const ProxyUrl = v.pipe(
  v.string("must be a string"),
  v.check(isProxyUrl, "must be the http or https URL of a proxy"),
)

export interface TelegramSettings extends ChannelSettings {
  readonly botToken?: string | undefined
  /** A file that holds the token. The configuration reads it, so the channel only ever sees `botToken`. */
  readonly botTokenFile?: string | undefined
  /** Where the Bot API is; for those who run their own. */
  readonly apiRoot: string
  /** Instead of the one that the environment names. May hold a password. */
  readonly proxy?: string | undefined
}

export const TelegramSettings: v.GenericSchema<unknown, TelegramSettings> = v.pipe(
  v.strictObject({
    botToken: v.optional(
      v.pipe(BotToken, v.description("the token from @BotFather; turns the channel on")),
    ),
    botTokenFile: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1, "must not be empty"),
        v.description("a file that holds the token; excludes botToken"),
      ),
    ),
    allowFrom: v.optional(
      v.pipe(
        v.array(AllowedSender),
        v.description('who is answered: user ids, "@name", or "*" for everybody'),
      ),
      [],
    ),
    groups: v.optional(
      v.pipe(v.record(GroupId, GroupRule), v.description("groups by id, which is below zero")),
      {},
    ),
    apiRoot: v.optional(
      v.pipe(ApiRoot, v.description("a Bot API server of your own, without a slash at the end")),
      "https://api.telegram.org",
    ),
    proxy: v.optional(
      v.pipe(ProxyUrl, v.description("an http or https proxy on the way to Telegram")),
    ),
  }),
  v.check(
    ({ botToken, botTokenFile }) => botToken === undefined || botTokenFile === undefined,
    "botToken and botTokenFile exclude each other",
  ),
)

/** An id or a name as an allow list has it; a group is an id below zero. */
export function readAllowed(id: string): string | undefined {
  const text = id.toLowerCase()
  const isKnown = HANDLE.test(text) || isSafeId(text, USER_ID) || isSafeId(text, GROUP_ID)
  return isKnown ? text : undefined
}

function isSafeId(text: string, form: RegExp): boolean {
  return form.test(text) && Number.isSafeInteger(Number(text))
}

function isApiRoot(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || text.endsWith("/") || !/^https?:$/.test(url.protocol)) return false
  return url.username === "" && url.password === "" && !/[?#]/.test(text)
}
