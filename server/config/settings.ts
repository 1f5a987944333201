// TABLE: every setting of the program itself. A row is the registration: its place in the file, its
// environment variable and flag, its form and its default. What channels have is in their own folders.

import { BlockList, isIP } from "node:net"
import { isAbsolute } from "node:path"
import * as v from "valibot"
import { LIMITS, Thinking, TOOL_KINDS } from "#protocol"
import { LOG_LEVELS } from "../host/log-levels.ts"
import type { Paths } from "../host/paths.ts"
import type { GatewayFlags } from "./flags.ts"

type Flag = keyof GatewayFlags

export interface Setting<Value> {
  readonly schema: v.GenericSchema<unknown, Value & {}>
  readonly fallback: (paths: Paths) => Value
  readonly env?: string
  readonly flag?: Flag
  /** A flag that names a file which holds the value. */
  readonly flagFile?: Flag
  /** No message, log or report may show its value. */
  readonly secret?: boolean
  /** A path: `~` is the home, and a relative one is taken from the configuration file's folder. */
  readonly path?: boolean
  /** The text of the file that this setting names becomes the value of that other setting. */
  readonly fills?: string
}

type Options<Value> = Omit<Setting<Value>, "schema" | "fallback">

/** A setting that always has a value. */
function setting<Value>(
  schema: v.GenericSchema<unknown, Value & {}>,
  fallback: NoInfer<Value> | ((paths: Paths) => NoInfer<Value>),
  options: Options<Value> = {},
): Setting<Value> {
  return { schema, fallback: fallback instanceof Function ? fallback : () => fallback, ...options }
}

/** A setting that may be left out. */
function optional<Value>(
  schema: v.GenericSchema<unknown, Value & {}>,
  options: Options<Value | undefined> = {},
): Setting<Value | undefined> {
  return { schema, fallback: () => undefined, ...options }
}

const Flag = v.boolean("must be true or false")
const Text = v.pipe(v.string("must be a text"), v.regex(/\S/, "must not be blank"))

const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  )
}

const oneOf = <const Names extends readonly string[]>(names: Names) =>
  v.picklist(names, `must be one of ${names.join(", ")}`)

const listOf = <Item>(item: v.GenericSchema<unknown, Item>, message: string) =>
  v.pipe(v.array(item, message), v.maxLength(100, "must have at most 100 entries"), v.readonly())

const Port = wholeNumber(0, 65_535)

const Bind = v.pipe(
  v.string("must be an IP address"),
  v.check((text) => text === "localhost" || isIP(text) !== 0, "must be an IP address or localhost"),
)

const HOST_MESSAGE = "must be a list of host names without a port"
const Host = v.pipe(
  v.string(HOST_MESSAGE),
  v.regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/, HOST_MESSAGE),
  v.toLowerCase(),
)

const ADDRESSES_MESSAGE = "must be a list of IP addresses"
const Address = v.pipe(
  v.string(ADDRESSES_MESSAGE),
  v.check((text) => isIP(text) !== 0, ADDRESSES_MESSAGE),
)

const ORIGIN_MESSAGE = "must be a list of origins such as https://box.example"
const Origin = v.pipe(v.string(ORIGIN_MESSAGE), v.check(isOrigin, ORIGIN_MESSAGE))

const COMMAND_MESSAGE = "must be a list of a program and its arguments, or the name of a preset"
const Command = v.union(
  [
    Text,
    v.pipe(
      v.array(v.string(COMMAND_MESSAGE), COMMAND_MESSAGE),
      v.minLength(1, COMMAND_MESSAGE),
      v.readonly(),
    ),
  ],
  COMMAND_MESSAGE,
)

const VARIABLES_MESSAGE = "must be a list of names of environment variables"
const Variable = v.pipe(
  v.string(VARIABLES_MESSAGE),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLES_MESSAGE),
)

const TimeZone = v.pipe(
  v.string("must be a time zone such as Europe/Berlin"),
  v.check(isTimeZone, "must be a time zone such as Europe/Berlin"),
)

const PROGRAM_MESSAGE = "must be a list of a program and its arguments"
const Program = v.pipe(
  v.array(v.string(PROGRAM_MESSAGE), PROGRAM_MESSAGE),
  v.minLength(1, PROGRAM_MESSAGE),
  v.readonly(),
)

const ROOTS_MESSAGE = "must be a list of absolute paths of folders"
const AbsolutePath = v.pipe(v.string(ROOTS_MESSAGE), v.check(isAbsolute, ROOTS_MESSAGE))

const LINKS_MESSAGE = "must name lists of a person's ids, such as whatsapp:+15550100000"
const Links = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9._-]{1,64}$/, "must be a short name of letters and digits"),
    ),
    v.pipe(
      v.array(
        v.pipe(v.string(LINKS_MESSAGE), v.regex(/^[a-z][a-z0-9_-]*:\S+$/, LINKS_MESSAGE)),
        LINKS_MESSAGE,
      ),
      v.readonly(),
    ),
    LINKS_MESSAGE,
  ),
  v.readonly(),
)

const RunsPerSender = v.pipe(
  v.strictObject(
    { count: wholeNumber(1, 10_000), minutes: wholeNumber(1, 1_440) },
    "must be such as {count: 30, minutes: 10}",
  ),
  v.readonly(),
)

/** A word, or rules of which the first that names the kind of tool decides. */
const permissionPolicy = <const Decision extends string>(decisions: readonly Decision[]) => {
  const words = decisions.join(", ")
  const message = `must be one of ${words}, or a list of rules such as {kinds: ["read"], decision: "allow"}`
  const kinds = [...TOOL_KINDS, "*"] as const
  const Rule = v.strictObject(
    {
      kinds: v.pipe(
        v.array(v.picklist(kinds, `kinds must be of ${kinds.join(", ")}`), message),
        v.minLength(1, "kinds must not be empty"),
        v.readonly(),
      ),
      decision: v.picklist(decisions, `decision must be one of ${words}`),
    },
    message,
  )
  const Rules = v.pipe(
    v.array(Rule),
    v.minLength(1, message),
    v.maxLength(100, "must have at most 100 rules"),
    v.readonly(),
  )
  type Policy = Decision | v.InferOutput<typeof Rules>
  const Word = v.picklist(decisions, message)
  return v.lazy((given): v.GenericSchema<unknown, Policy> => (Array.isArray(given) ? Rules : Word))
}

const Permissions = v.strictObject(
  {
    webchat: v.optional(permissionPolicy(["ask", "refuse", "allow"]), "ask"),
    channels: v.optional(permissionPolicy(["refuse", "allow"]), "refuse"),
  },
  'must be such as {webchat: "ask", channels: "refuse"}',
)

export const SETTINGS = {
  "gateway.port": setting(Port, 18_789, { env: "CLAWDIS_GATEWAY_PORT", flag: "port" }),
  "gateway.bind": setting(Bind, "127.0.0.1"),
  "gateway.token": optional(Text, {
    env: "CLAWDIS_GATEWAY_TOKEN",
    flag: "token",
    flagFile: "tokenFile",
    secret: true,
  }),
  "gateway.allowedHosts": setting(listOf(Host, HOST_MESSAGE), []),
  "gateway.allowedOrigins": setting(listOf(Origin, ORIGIN_MESSAGE), []),
  "gateway.trustedProxies": setting(listOf(Address, ADDRESSES_MESSAGE), []),
  "webchat.enabled": setting(Flag, true),
  "webchat.port": setting(Port, 18_788, { flag: "webchatPort" }),
  "agent.engine": setting(oneOf(["builtin", "acp"]), "builtin"),
  "agent.command": optional(Command),
  "agent.cwd": setting(Text, (paths) => paths.workspaceDir, { path: true }),
  "agent.env": setting(listOf(Variable, VARIABLES_MESSAGE), []),
  "agent.instructions": optional(Text),
  "agent.instructionsFile": optional(Text, { path: true, fills: "agent.instructions" }),
  "agent.timeoutSeconds": setting(wholeNumber(1, LIMITS.maxAgentTimeoutSeconds), 600),
  "agent.maxConcurrent": setting(wholeNumber(1, 64), 4),
  "agent.permissions": setting(Permissions, { webchat: "ask", channels: "refuse" }),
  "agent.thinking": setting(oneOf(Thinking.options), "off"),
  "session.scope": setting(oneOf(["per-sender", "main"]), "per-sender"),
  // 0: a conversation never ends by itself.
  "session.idleMinutes": setting(wholeNumber(0, 525_600), 0),
  "session.links": setting(Links, {}),
  "session.handoverMinutes": setting(wholeNumber(0, 10_080), 30),
  // 0: for ever.
  "session.keepDays": setting(wholeNumber(0, 36_500), 0),
  "limits.runsPerSender": setting(RunsPerSender, { count: 30, minutes: 10 }),
  "alerts.to": optional(Text),
  "media.maxMb": setting(wholeNumber(1, 100), 20),
  "media.roots": setting(listOf(AbsolutePath, ROOTS_MESSAGE), []),
  "media.allowHosts": setting(listOf(Host, HOST_MESSAGE), []),
  "media.keepDays": setting(wholeNumber(1, 3_650), 7),
  "media.transcribe": optional(Program),
  // Without it the system's counts; asking for that at the start would cost 30 ms.
  timeZone: optional(TimeZone),
  "logging.level": setting(oneOf(LOG_LEVELS), "info"),
  "logging.file": setting(Text, (paths) => paths.logFile, { path: true }),
  "logging.maxMb": setting(wholeNumber(1, 1_000), 20),
} as const satisfies Readonly<Record<string, Setting<unknown>>>

export type SettingKey = keyof typeof SETTINGS
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[]

type ValueOf<Key extends SettingKey> =
  (typeof SETTINGS)[Key] extends Setting<infer Value> ? Value : never

type Group = SettingKey extends infer Key
  ? Key extends `${infer Name}.${string}`
    ? Name
    : never
  : never

/** The values of the table, nested as in the file. */
export type Settings = {
  readonly [G in Group]: {
    readonly [Key in SettingKey as Key extends `${G}.${infer Name}` ? Name : never]: ValueOf<Key>
  }
} & {
  readonly [Key in SettingKey as Key extends `${string}.${string}` ? never : Key]: ValueOf<Key>
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4")
LOOPBACK.addAddress("::1", "ipv6")

/** Whether only this machine can reach what listens there. */
export function isLoopback(address: string): boolean {
  const version = isIP(address)
  if (version === 0) return address === "localhost"
  return LOOPBACK.check(address, version === 4 ? "ipv4" : "ipv6")
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text })
    return true
  } catch {
    return false
  }
}
