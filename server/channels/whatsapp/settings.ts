// What may stand under `channels.whatsapp`. People and groups are read into the one form in which they
// are compared with who writes.

import * as v from "valibot"
import type { ChannelSettings } from "../channel.ts"
import { GroupRule } from "../group-rule.ts"
import { readAllowed, readGroupId } from "./jid.ts"

const SENDER = "must be a number such as +15550100000, an id such as 123456789012345@lid, or *"
const GROUP = "must be the id of a group, such as 120363000000000001@g.us"
const VERSION = "must be three whole numbers, such as [2, 3000, 1015901307]"

const AllowedSender = v.pipe(
  v.string(SENDER),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const sender = dataset.value === "*" ? "*" : readAllowed(dataset.value)
    if (sender !== undefined && !sender.endsWith("@g.us")) return sender
    addIssue({ message: SENDER })
    return NEVER
  }),
)

const Groups = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.check((id) => readGroupId(id) !== undefined, GROUP),
    ),
    GroupRule,
  ),
  v.description("groups by id, with or without @g.us"),
  v.transform((groups) =>
    Object.entries(groups).map(([id, rule]) => [readGroupId(id) ?? id, rule]),
  ),
  v.check(
    (entries) => new Set(entries.map(([id]) => id)).size === entries.length,
    "names a group twice",
  ),
  v.transform((entries): ChannelSettings["groups"] => Object.fromEntries(entries)),
)

const VersionPart = v.pipe(v.number(VERSION), v.safeInteger(VERSION), v.minValue(0, VERSION))

export interface WhatsAppSettings extends ChannelSettings {
  /** False turns the channel off although an account is linked. */
  readonly enabled: boolean
  /** Whether people see that their messages were read; only those who may talk to the agent ever do. */
  readonly readReceipts: boolean
  /** The version of WhatsApp Web that the gateway says it is, for when the service refuses the one it knows. */
  readonly version?: readonly [number, number, number] | undefined
}

export const WhatsAppSettings: v.GenericSchema<unknown, WhatsAppSettings> = v.strictObject({
  enabled: v.optional(
    v.pipe(v.boolean(), v.description("false turns the channel off although an account is linked")),
    true,
  ),
  allowFrom: v.optional(
    v.pipe(
      v.array(AllowedSender),
      v.description(
        'who is answered beside you: numbers, ids of people whose number is hidden, or "*"',
      ),
    ),
    [],
  ),
  groups: v.optional(Groups, {}),
  readReceipts: v.optional(
    v.pipe(
      v.boolean(),
      v.description("whether those who are answered see that their messages were read"),
    ),
    true,
  ),
  version: v.optional(
    v.pipe(
      v.strictTuple([VersionPart, VersionPart, VersionPart], VERSION),
      v.description("version of WhatsApp Web, for when the service refuses the built-in one"),
    ),
  ),
})
