// The configuration while the gateway runs: a change of the file is applied where that can be done on the
// spot, and told where it needs a restart. A file that has become invalid changes nothing.

import { isDeepStrictEqual } from "node:util"
import type { HealthSnapshot } from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { Config } from "./config.ts"
import { ConfigError } from "./config-error.ts"
import { needsToken } from "./contradictions.ts"
import { SETTING_KEYS } from "./settings.ts"

export interface LiveConfigParts {
  readonly initial: Config
  /** Reads everything anew; throws a ConfigError. */
  readonly load: () => Config
  readonly clock: Clock
  readonly log: Logger
  /** What holds has changed; `keys` are the settings that did, such as `agent.model`. */
  readonly applied: (config: Config, keys: readonly string[]) => void
  /** What `health` says has changed. */
  readonly changed: () => void
}

export interface LiveConfig {
  /** What holds now: what needs a restart is as it was at the start. */
  readonly current: Config
  health(): HealthSnapshot["config"]
  /** The file may have changed. */
  look(): void
}

/** Settings that take effect at once; every other one waits for a restart. */
const LIVE: readonly RegExp[] = [
  /^agent\./,
  /^channels\.[^.]+\.(?:allowFrom|groups)$/,
  /^gateway\.token$/,
  /^limits\./,
  /^logging\.level$/,
  /^media\./,
]

/** Whether a running gateway takes a change of the setting at once. */
export function isLiveKey(key: string): boolean {
  return LIVE.some((pattern) => pattern.test(key))
}

export function createLiveConfig(parts: LiveConfigParts): LiveConfig {
  const { clock, initial, log } = parts
  let current = initial
  let state: HealthSnapshot["config"] = { ok: true }

  function setState(next: HealthSnapshot["config"]): void {
    if (isDeepStrictEqual(next, state)) return
    state = next
    parts.changed()
  }

  function refuse(error: unknown): void {
    const lastError = error instanceof Error ? error.message : String(error)
    if (!state.ok && state.lastError === lastError) return
    log.error("the configuration has become invalid; the last good one holds", {
      problem: lastError,
    })
    setState({ ok: false, since: state.ok ? clock.now() : (state.since ?? clock.now()), lastError })
  }

  function take(next: Config): void {
    const keys = new Set([...keysOf(current), ...keysOf(next)])
    const changed = [...keys].filter(
      (key) => !isDeepStrictEqual(settingOf(next, key), settingOf(current, key)),
    )
    // The doors stay as they were at the start, so the token that they need stays until they are closed.
    const keepsToken = next.gateway.token === undefined && needsToken(initial)
    const isLive = (key: string) => isLiveKey(key) && !(keepsToken && key === "gateway.token")
    const applied = changed.filter(isLive)
    if (applied.length > 0) {
      const token = keepsToken ? current.gateway.token : next.gateway.token
      current = merge(initial, { ...next, gateway: { ...next.gateway, token } })
      log.info("the configuration has changed", { applied: applied.join(", ") })
      parts.applied(current, applied)
      if (applied.includes("gateway.token")) for (const each of next.warnings) log.warn(each)
    }
    const waiting = changed.filter((key) => !isLive(key))
    if (waiting.length === 0) {
      setState({ ok: true })
      return
    }
    const lastError = `restart needed: ${waiting.join(", ")}`
    if (state.lastError === lastError) return
    log.warn("a change of the configuration needs a restart", { keys: waiting.join(", ") })
    setState({ ok: true, since: clock.now(), lastError })
  }

  return {
    get current() {
      return current
    },
    health: () => state,
    look() {
      let next: Config
      try {
        next = parts.load()
        // It may be on its way, and without it nothing would be asked for that it asks for, such as a token.
        if (current.hasFile && !next.hasFile) refuseMissing(next)
      } catch (error) {
        refuse(error)
        return
      }
      take(next)
    },
  }
}

function refuseMissing({ paths }: Config): never {
  throw new ConfigError([{ where: paths.configFile, text: "is not there any more" }])
}

/** Every setting, and those of the channels one by one. */
function keysOf(config: Config): readonly string[] {
  const ofChannels = Object.entries(config.channels).flatMap(([id, settings]) =>
    Object.keys(settings).map((key) => `channels.${id}.${key}`),
  )
  return [...SETTING_KEYS, ...ofChannels]
}

function settingOf(config: Config, key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>(
      (value, name) => (value as Record<string, unknown> | undefined)?.[name],
      config,
    )
}

function merge(initial: Config, next: Config): Config {
  const channels = Object.entries(initial.channels).map(([id, settings]) => {
    const { allowFrom, groups } = next.channels[id] ?? settings
    return [id, { ...settings, allowFrom, groups }] as const
  })
  return {
    ...initial,
    hasFile: next.hasFile,
    agent: next.agent,
    channels: Object.fromEntries(channels),
    gateway: { ...initial.gateway, token: next.gateway.token },
    limits: next.limits,
    logging: { ...initial.logging, level: next.logging.level },
    media: next.media,
    secrets: next.secrets,
  }
}

/** Reads, property by property, as what `read` gives at that moment. */
export function liveView<Value extends object>(read: () => Value): Value {
  return new Proxy({} as Value, {
    get: (_, key) => Reflect.get(read(), key),
    has: (_, key) => Reflect.has(read(), key),
    ownKeys: () => Reflect.ownKeys(read()),
    getOwnPropertyDescriptor: (_, key) => ({
      value: Reflect.get(read(), key),
      enumerable: true,
      configurable: true,
    }),
  })
}
