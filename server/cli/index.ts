// TABLE: every command. A row loads the code of its command only when it runs, so that a question to the
// gateway does not load what the gateway is made of.

import { randomUUID } from "node:crypto"
import type { AgentParams, SendParams } from "#protocol"
import { findNearest } from "../config/nearest.ts"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import type { Command, FlagValues, Io } from "./command.ts"
import { CONFIG } from "./config-command.ts"
import { DOCTOR } from "./doctor-command.ts"
import { EXIT } from "./exit-codes.ts"
import { COMMON, parseWholeNumber } from "./flags.ts"
import { toGatewayCommand } from "./gateway-command.ts"
import { LOGIN, LOGOUT } from "./login-command.ts"
import { OPEN } from "./open-command.ts"
import { OUTBOX } from "./outbox-command.ts"
import { toJsonText, toTerminalText } from "./output.ts"
import { parseParams } from "./params.ts"
import { runProgram } from "./program.ts"
import { ALLOW } from "./senders-command.ts"
import { SERVICE } from "./service-command.ts"
import { SETUP } from "./setup-command.ts"
import { TOKEN_COMMAND } from "./token-command.ts"
import { UsageError } from "./usage-error.ts"

export const COMMANDS: readonly Command[] = [
  SETUP,
  toGatewayCommand(() => import("./gateway.ts")),
  OPEN,
  {
    name: "health",
    summary: "how the gateway and its channels are",
    flags: COMMON,
    examples: ["clawdis health", "clawdis health --json"],
    async run({ io, flags, link, print }) {
      const { fetchHealth } = await import("./gw/health.ts")
      const { toHealthText } = await import("./health.ts")
      const gateway = await link()
      const health = await fetchHealth(gateway)
      if (flags.isSet("json")) print(health)
      else io.stdout.write(toHealthText({ health, url: gateway.url }))
      return health.ok ? EXIT.ok : EXIT.unhealthy
    },
  },
  {
    name: "status",
    summary: "what runs, what waits, who was turned away, and how to connect from afar",
    flags: COMMON,
    examples: ["clawdis status", "clawdis status --json"],
    async run({ io, flags, link, print }) {
      if (flags.isSet("json")) {
        const { fetchStatus } = await import("./gw/status.ts")
        print(await fetchStatus(await link()))
        return EXIT.ok
      }
      const { fetchOverview, toStatusText } = await import("./status.ts")
      io.stdout.write(toStatusText(await fetchOverview(await link())))
      return EXIT.ok
    },
  },
  LOGIN,
  LOGOUT,
  ALLOW,
  OUTBOX,
  DOCTOR,
  CONFIG,
  TOKEN_COMMAND,
  SERVICE,
  {
    name: "gw:health",
    summary: "the health snapshot as JSON",
    flags: COMMON,
    examples: ["clawdis gw:health", "clawdis gw:health --url ws://127.0.0.1:18789"],
    async run({ link, print }) {
      const { fetchHealth } = await import("./gw/health.ts")
      const health = await fetchHealth(await link())
      print(health)
      return health.ok ? EXIT.ok : EXIT.unhealthy
    },
  },
  {
    name: "gw:status",
    summary: "the short summary as JSON",
    flags: COMMON,
    examples: ["clawdis gw:status"],
    async run({ link, print }) {
      const { fetchStatus } = await import("./gw/status.ts")
      print(await fetchStatus(await link()))
      return EXIT.ok
    },
  },
  {
    name: "gw:send",
    summary: "send one message; repeating it with the same key never sends it twice",
    flags: [
      { form: "--to <to>", help: "whom: a number, a chat, channel:chat", required: true },
      { form: "--message <text>", help: "the text" },
      {
        form: "--media-url <url>",
        help: "a file to send: its http(s) address, or the path of one that may be sent",
      },
      { form: "--channel <id>", help: "the channel, if --to does not say it" },
      { form: "--idempotency-key <key>", help: "names this message; made up if missing" },
      ...COMMON,
    ],
    examples: [
      'clawdis gw:send --to telegram:42 --message "hi"',
      'clawdis gw:send --to telegram:42 --message "hi" --idempotency-key order-17',
    ],
    async run({ flags, io, link, print }) {
      const params = toSendParams(flags)
      const { send } = await import("./gw/send.ts")
      // The gateway itself may take that long to know what became of the message.
      print(await send(await link(toSendTimeout(params, io.timings.cli)), params))
      return EXIT.ok
    },
  },
  {
    name: "gw:agent",
    summary: "run one turn of the agent and wait for its answer",
    flags: [
      { form: "--message <text>", help: "what to say to the agent", required: true },
      { form: "--to <to>", help: "the person whose conversation it is" },
      { form: "--session-key <key>", help: "the conversation (main)" },
      { form: "--session-id <id>", help: "the conversation, by its id" },
      { form: "--channel <id>", help: "the channel to deliver through" },
      { form: "--thinking <level>", help: "off, minimal, low, medium or high" },
      { form: "--deliver", help: "send the answer to the chat as well" },
      { form: "--timeout-seconds <s>", help: "how long it may take", parse: parseWholeNumber },
      { form: "--idempotency-key <key>", help: "names this run; made up if missing" },
      { form: "--no-wait", help: "end as soon as the run is accepted" },
      { form: "--stream", help: "the answer's text as it comes, in place of JSON" },
      ...COMMON,
    ],
    examples: [
      'clawdis gw:agent --message "hi"',
      'clawdis gw:agent --message "what is new?" --stream',
      'clawdis gw:agent --to telegram:42 --message "say hello" --deliver --no-wait',
    ],
    async run({ io, flags, link, print, progress }) {
      const stream = flags.isSet("stream")
      const wait = flags.isSet("wait")
      if (stream && flags.isSet("json")) {
        throw new UsageError("--stream and --json exclude each other.")
      }
      if (stream && !wait) throw new UsageError("--stream and --no-wait exclude each other.")
      const params = toAgentParams(flags)
      const { runAgent } = await import("./gw/agent.ts")
      const result = await runAgent(await link(), params, {
        wait,
        onAccepted: ({ runId }) => progress(`waiting for the answer of run ${runId} …`),
        ...(stream && {
          onText(text) {
            progress(undefined)
            io.stdout.write(toTerminalText(text))
          },
        }),
      })
      if (!stream) print(result)
      return result.status === "error" ? EXIT.failed : EXIT.ok
    },
  },
  {
    name: "gw:call",
    summary: "call any method of the gateway, for debugging",
    arguments: [{ form: "<method>", help: "such as system-presence" }],
    flags: [
      { form: "--params <json>", help: "a JSON object ({})", parse: parseParams },
      { form: "--expect-final", help: "wait past the acknowledgement of a run" },
      ...COMMON,
    ],
    examples: [
      "clawdis gw:call system-presence",
      `clawdis gw:call chat.history --params '{"sessionKey":"main"}'`,
    ],
    async run({ arguments: [method = ""], flags, link, print }) {
      const { call } = await import("./gw/call.ts")
      const expectFinal = flags.isSet("expectFinal")
      print((await call(await link(), method, flags.object("params"), { expectFinal })) ?? null)
      return EXIT.ok
    },
  },
  {
    name: "gw:events",
    summary: "events as they come, one JSON line each, until Ctrl-C",
    printsLines: true,
    flags: [
      { form: "--event <names>", help: "only these, such as tick,presence", parse: parseNames },
      ...COMMON,
    ],
    examples: ["clawdis gw:events", "clawdis gw:events --event tick,presence"],
    async run({ io, flags, link, progress }) {
      const { followEvents } = await import("./gw/events.ts")
      const names = flags.list("event")
      const gateway = await link()
      progress(undefined)
      return followEvents(gateway, {
        ...(names !== undefined && { names }),
        onEvent: (frame) => void io.stdout.write(`${toJsonText(frame)}\n`),
        onGap: (lost) => void io.stderr.write(`${lost} events were lost\n`),
        onUnknownNames: refuseNames,
      })
    },
  },
  {
    name: "relay",
    summary: "retired; says what replaces it",
    flags: [],
    examples: ["clawdis gateway"],
    takesAnything: true,
    async run() {
      const { RETIRED } = await import("./relay.ts")
      throw new UsageError(RETIRED.trimEnd())
    },
  },
]

/** The exit code of one command line. Never rejects. */
export function runCli(io: Omit<Io, "timings">): Promise<number> {
  return runProgram(COMMANDS, { ...io, timings: DEFAULT_TIMINGS })
}

/** A file takes the gateway longer. */
function toSendTimeout({ mediaUrl }: SendParams, timings: Io["timings"]["cli"]): number {
  return mediaUrl === undefined ? timings.sendTimeoutMs : timings.mediaSendTimeoutMs
}

function toSendParams(flags: FlagValues): SendParams {
  const to = flags.text("to") ?? ""
  const message = flags.text("message")
  const mediaUrl = flags.text("mediaUrl")
  const channel = flags.text("channel")
  if (message === undefined && mediaUrl === undefined) {
    throw new UsageError(
      "required option '--message <text>' (or '--media-url <url>') not specified",
    )
  }
  return {
    to,
    ...(message !== undefined && { message }),
    ...(mediaUrl !== undefined && { mediaUrl }),
    ...(channel !== undefined && { channel }),
    idempotencyKey: flags.text("idempotencyKey") ?? randomUUID(),
  }
}

function toAgentParams(flags: FlagValues): AgentParams {
  const names = ["to", "sessionKey", "sessionId", "channel", "thinking"] as const
  const given = names.flatMap((name) => {
    const text = flags.text(name)
    return text === undefined ? [] : [[name, text] as const]
  })
  const timeout = flags.number("timeoutSeconds")
  return {
    // The gateway judges the values; a newer one may know more of them.
    ...(Object.fromEntries(given) as Partial<Pick<AgentParams, (typeof names)[number]>>),
    message: flags.text("message") ?? "",
    ...(flags.isSet("deliver") && { deliver: true }),
    ...(timeout !== undefined && { timeout }),
    idempotencyKey: flags.text("idempotencyKey") ?? randomUUID(),
  }
}

function parseNames(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim())
  if (names.includes("")) throw new UsageError("must be names with commas between them.")
  return names
}

function refuseNames(unknown: readonly string[], known: readonly string[]): never {
  const [name = ""] = unknown
  const near = findNearest(name, known)
  const hint = near === undefined ? `one of ${known.join(", ")}` : `did you mean ${near}?`
  throw new UsageError(`unknown event: ${name} (${hint})`)
}
