// The parts of a gateway out of its configuration. What may change while it runs is asked for each time.

import { lookup } from "node:dns/promises"
import { join } from "node:path"
import { ENGINES } from "../agent/index.ts"
import type { ChannelDefinition, InboundMessage } from "../channels/channel.ts"
import { CHANNELS } from "../channels/index.ts"
import { type LiveConfig, liveView } from "../config/live-config.ts"
import type { ChannelPlan } from "../gateway/channel-plans.ts"
import { systemClock } from "../host/clock.ts"
import { FatalError } from "../host/errors.ts"
import type { Log } from "../host/log.ts"
import type { Logger } from "../host/logger.ts"
import { findShipped } from "../host/version.ts"
import { createMedia, type MediaParts } from "../media/media.ts"
import type { Store } from "../store/store.ts"
import { type Assembled, assemble } from "./assemble.ts"
import type { GatewayInvocation } from "./invocation.ts"
import { explainPort } from "./start-text.ts"

/** @throws FatalError if the port cannot be had. */
export async function startParts(
  { environment, timings }: GatewayInvocation,
  live: LiveConfig,
  { logger: log, tail }: Pick<Log, "logger" | "tail">,
  store: Store<InboundMessage>,
  version: string,
): Promise<Assembled> {
  const config = live.current
  const { gateway, webchat } = config
  try {
    return await assemble({
      store,
      media: createMedia(toMediaParts(live, { environment, log, store, timings: timings.gateway })),
      keepDays: {
        get media() {
          return live.current.media.keepDays
        },
        conversations: config.session.keepDays,
      },
      config: live.health,
      log,
      logTail: tail,
      version,
      clock: systemClock,
      timings: { ...timings.gateway, graceMs: timings.agent.graceMs },
      httpTimings: timings.http,
      channels: CHANNELS.map((definition) =>
        planChannel(definition, { live, environment, log, timings: timings.channels }),
      ),
      createEngine: (tools) =>
        ENGINES[live.current.agent.engine].create({
          settings: live.current.agent,
          clock: systemClock,
          log,
          timings: timings.agent,
          tools,
          memory: {
            get: (key) => store.facts.get("agent", key),
            set: (key, value) => store.facts.set("agent", key, value),
          },
          environment,
          documents: [findShipped("README.md"), findShipped("docs")].filter(
            (path) => path !== undefined,
          ),
        }),
      get token() {
        return live.current.gateway.token
      },
      session: config.session,
      limits: liveView(() => live.current.limits),
      alerts: config.alerts,
      timeZone: config.timeZone,
      get maxConcurrent() {
        return live.current.agent.maxConcurrent
      },
      get permissions() {
        return live.current.agent.permissions
      },
      defaults: {
        get thinking() {
          return live.current.agent.thinking
        },
        get timeoutMs() {
          return live.current.agent.timeoutSeconds * 1_000
        },
      },
      bind: gateway.bind,
      port: gateway.port,
      policy: gateway,
      pageFolder: findShipped("dist", "web"),
      ...(webchat.enabled && { webchatPort: webchat.port }),
    })
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new FatalError(
      await explainPort(gateway.bind, gateway.port, error, timings.cli.lsofTimeoutMs),
      { cause: error },
    )
  }
}

function toMediaParts(
  live: LiveConfig,
  {
    log,
    store,
    ...world
  }: Pick<MediaParts, "environment" | "log" | "timings"> & {
    readonly store: Store<InboundMessage>
  },
): MediaParts {
  const { logging, paths } = live.current
  return {
    ...world,
    get roots() {
      return live.current.media.roots
    },
    get allowHosts() {
      return live.current.media.allowHosts
    },
    get transcribe() {
      return live.current.media.transcribe
    },
    get maxBytes() {
      return live.current.media.maxMb * 1024 * 1024
    },
    get workspace() {
      return live.current.agent.cwd
    },
    folder: join(paths.stateDir, "media"),
    secret: [paths.stateDir, paths.configFile, logging.file],
    lookup: (host) => lookup(host, { all: true }),
    store: store.media,
    clock: systemClock,
    log: log.area("media"),
  }
}

interface ChannelWorld extends Pick<GatewayInvocation, "environment"> {
  readonly live: LiveConfig
  readonly log: Logger
  readonly timings: GatewayInvocation["timings"]["channels"]
}

function planChannel(
  definition: ChannelDefinition,
  { live, environment, log, timings }: ChannelWorld,
): ChannelPlan {
  const { id } = definition
  const settings = liveView(() => {
    const section = live.current.channels[id]
    if (section === undefined) throw new Error(`the configuration has no row for ${id}`)
    return section
  })
  const { create } = definition
  if (create === undefined || !definition.isConfigured(settings)) return { definition, settings }
  return {
    definition,
    settings,
    create: (hooks) =>
      create({
        settings,
        clock: systemClock,
        log: log.area(definition.id),
        timings,
        environment,
        ...hooks,
      }),
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error
}
