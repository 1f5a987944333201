// A gateway that a test kills: real but for its services and its agent, which are in the test's process,
// so that they outlive it and know what they have. It can be told to kill itself at a named moment.

import { join } from "node:path"
import { createScriptedEngine } from "../../server/agent/scripted.ts"
import type {
  Channel,
  ChannelDefinition,
  ChannelSettings,
  InboundMessage,
  OutboundMessage,
} from "../../server/channels/channel.ts"
import { createMemoryDefinition } from "../../server/channels/memory/index.ts"
import { assemble } from "../../server/cli/assemble.ts"
import { DEFAULT_TIMINGS } from "../../server/config/timings.ts"
import type { ChannelHooks, ChannelPlan } from "../../server/gateway/channel-plans.ts"
import { systemClock } from "../../server/host/clock.ts"
import { createLogTail } from "../../server/host/log-tail.ts"
import { silentLogger } from "../../server/host/logger.ts"
import { createMedia } from "../../server/media/media.ts"
import { openDatabase } from "../../server/store/database.ts"
import { createStore } from "../../server/store/open-store.ts"
import { createCrashPoints } from "../../server/testing/crash-points.ts"
import { hurryTimings } from "../../server/testing/test-timings.ts"

/** `sure` drops a message whose token it has, `plain` does not. */
export type ServiceId = "sure" | "plain"

/** A named moment, and how often it came. */
export interface CrashMoment {
  readonly name: string
  readonly times: number
}

export type FromGateway =
  | { readonly kind: "ready"; readonly port: number; readonly startMs: number }
  | { readonly kind: "points"; readonly passed: readonly CrashMoment[] }
  | { readonly kind: "journaled"; readonly messageId: string }
  | { readonly kind: "turn"; readonly runId: string }
  | {
      readonly kind: "deliver"
      readonly call: number
      readonly channel: ServiceId
      readonly message: OutboundMessage
    }

export type ToGateway =
  | { readonly kind: "taken"; readonly call: number }
  | {
      readonly kind: "say"
      readonly channel: ServiceId
      readonly messageId: string
      readonly order: number
      readonly text: string
    }

/** How often each moment has passed. */
const passed = new Map<string, number>()
const [stateDir = "", crashAt = "", nth = "1"] = process.argv.slice(2)

function crashPoint(name: string): void {
  const times = (passed.get(name) ?? 0) + 1
  passed.set(name, times)
  if (name === crashAt && times === Number(nth)) process.kill(process.pid, "SIGKILL")
}

function tell(message: FromGateway): void {
  process.send?.(message)
}

const settings: ChannelSettings = { allowFrom: ["*"], groups: {} }
const timings = hurryTimings(20)
const points = createCrashPoints(crashPoint)
const calls = new Map<number, () => void>()
const journals = new Map<ServiceId, ChannelHooks["journal"]>()

function createServiceChannel(id: ServiceId, hooks: ChannelHooks): Channel {
  let open = false
  journals.set(id, hooks.journal)
  return {
    id,
    health: () => ({ configured: true, state: open ? "open" : "off", skipped: 0 }),
    async start() {
      open = true
      hooks.changed()
    },
    restart: () => undefined,
    async stop() {
      open = false
    },
    async send(message, { trace }) {
      await trace?.leaving()
      crashPoint("service.call before")
      const taken = Promise.withResolvers<void>()
      const call = calls.size
      calls.set(call, taken.resolve)
      tell({ kind: "deliver", call, channel: id, message })
      await taken.promise
      crashPoint("service.call after")
      return { messageId: message.token }
    },
    showTyping: () => undefined,
  }
}

function toPlan(id: ServiceId): ChannelPlan {
  const definition: ChannelDefinition = {
    ...createMemoryDefinition({ id }),
    dropsRepetitions: id === "sure",
  }
  return { definition, settings, create: async (hooks) => createServiceChannel(id, hooks) }
}

async function say(heard: Extract<ToGateway, { kind: "say" }>): Promise<void> {
  const { channel, messageId, order, text } = heard
  const message: InboundMessage = {
    channel,
    account: "bot",
    chat: "ada",
    messageId,
    order,
    sender: { id: "ada" },
    text,
    ts: Date.now(),
    sessionKey: `${channel}:ada`,
  }
  await journals.get(channel)?.(message)
  crashPoint("service.confirm before")
  tell({ kind: "journaled", messageId })
}

process.on("message", (message: ToGateway) => {
  if (message.kind === "taken") calls.get(message.call)?.()
  else void say(message)
})
// Without the test there is no service.
process.on("disconnect", () => process.exit(1))

const database = openDatabase({ path: join(stateDir, "clawdis.db"), log: silentLogger })
const store = points.wrapStore(createStore<InboundMessage>(points.wrapDatabase(database)))
const { gateway, port } = await assemble({
  store,
  media: createMedia({
    folder: join(stateDir, "media"),
    workspace: join(stateDir, "workspace"),
    roots: [],
    secret: [stateDir],
    maxBytes: 1_000_000,
    allowHosts: [],
    transcribe: undefined,
    environment: {},
    lookup: () => Promise.reject(new Error("no name is looked up in a test")),
    store: store.media,
    clock: systemClock,
    log: silentLogger,
    timings: timings.gateway,
  }),
  keepDays: { media: 7, conversations: 0 },
  channels: [toPlan("sure"), toPlan("plain")],
  createEngine: async () =>
    createScriptedEngine({
      clock: systemClock,
      script({ runId }) {
        tell({ kind: "turn", runId })
        crashPoint("turn begins")
        return [{ say: "answer " }, { pauseMs: 3 }, { say: runId }]
      },
    }),
  clock: systemClock,
  log: silentLogger,
  logTail: createLogTail({ process: "test" }),
  timings: {
    ...timings.gateway,
    graceMs: timings.agent.graceMs,
    // Many kills one after the other must not make anything too old.
    sendMaxAgeMs: DEFAULT_TIMINGS.gateway.outboxMaxAgeMs,
    outboxMaxAgeMs: DEFAULT_TIMINGS.gateway.outboxMaxAgeMs,
    inboundMaxAgeMs: DEFAULT_TIMINGS.gateway.inboundMaxAgeMs,
    sendDeadlineMs: DEFAULT_TIMINGS.gateway.sendDeadlineMs,
  },
  httpTimings: timings.http,
  version: "0.0.0-test",
  token: undefined,
  session: { scope: "per-sender", links: {}, idleMinutes: 0, handoverMinutes: 30 },
  limits: { runsPerSender: { count: 1_000_000, minutes: 10 } },
  alerts: { to: undefined },
  timeZone: "UTC",
  maxConcurrent: 4,
  permissions: { webchat: "ask", channels: "refuse" },
  defaults: { thinking: "off", timeoutMs: 60_000 },
  bind: "127.0.0.1",
  port: 0,
  policy: { allowedHosts: [], allowedOrigins: [], trustedProxies: [] },
  pageFolder: undefined,
})
await gateway.start()
tell({ kind: "ready", port, startMs: Math.round(performance.now()) })

process.on("SIGTERM", async () => {
  tell({ kind: "points", passed: [...passed].map(([name, times]) => ({ name, times })) })
  await gateway.stop({ reason: "test over", stopAccepting: () => undefined })
  await store.close()
  process.exit(0)
})
