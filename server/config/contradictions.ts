// Settings that are right by themselves, and not together or not with what there is.

import { quote } from "#protocol"
import type { ChannelSource } from "./channel-section.ts"
import { findNearest } from "./nearest.ts"
import { isLoopback, type SettingKey, type Settings } from "./settings.ts"

export interface Contradiction {
  readonly key: SettingKey
  readonly text: string
}

export interface Known {
  readonly channels: readonly ChannelSource[]
  /** Names of agents that `agent.command` may be. */
  readonly presets: readonly string[]
}

export function findContradictions(
  settings: Settings,
  { channels, presets }: Known,
): readonly Contradiction[] {
  return [
    findOpenDoor(settings),
    findMissingCommand(settings),
    findUnknownPreset(settings, presets),
    findUnknownAddress(settings, channels),
  ].filter((found) => found !== undefined)
}

function findOpenDoor(settings: Settings): Contradiction | undefined {
  const door = settings.gateway.token === undefined ? findDoor(settings) : undefined
  if (door === undefined) return undefined
  const hint = "set gateway.token, CLAWDIS_GATEWAY_TOKEN or --token-file"
  return { key: door.key, text: `refusing to ${door.does} without a token: ${hint}` }
}

/** Whether others than this machine's users can come in, so that a token must be asked for. */
export function needsToken(settings: Settings): boolean {
  return findDoor(settings) !== undefined
}

function findDoor({ gateway }: Settings): { key: SettingKey; does: string } | undefined {
  const { allowedHosts, bind, trustedProxies } = gateway
  if (!isLoopback(bind)) return { key: "gateway.bind", does: `listen on ${bind}` }
  if (allowedHosts.length > 0) {
    return { key: "gateway.allowedHosts", does: `be reached as ${allowedHosts[0]}` }
  }
  if (trustedProxies.length > 0) {
    return { key: "gateway.trustedProxies", does: `be reached through ${trustedProxies[0]}` }
  }
  return undefined
}

function findMissingCommand({ agent }: Settings): Contradiction | undefined {
  if (agent.engine !== "acp" || agent.command !== undefined) return undefined
  const text = "acp needs agent.command: a preset's name, or a list of a program and its arguments"
  return { key: "agent.engine", text }
}

/** A text is never run: it would be read as a line of a shell, which it is not. */
function findUnknownPreset(
  { agent }: Settings,
  presets: readonly string[],
): Contradiction | undefined {
  const { command } = agent
  if (typeof command !== "string" || presets.includes(command)) return undefined
  const nearest = findNearest(command, presets)
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`
  const text = `there is no preset ${quote(command)}${hint}. Presets are ${presets.join(", ")}; any other program is a list of it and its arguments`
  return { key: "agent.command", text }
}

/** An alarm that goes nowhere would be missed when it counts. */
function findUnknownAddress(
  { alerts }: Settings,
  channels: readonly ChannelSource[],
): Contradiction | undefined {
  const { to } = alerts
  if (to === undefined) return undefined
  if (channels.some(({ readTarget }) => readTarget(to, false) !== undefined)) return undefined
  const text = "is not an address of a channel, such as +15550100000 or telegram:12345"
  return { key: "alerts.to", text }
}
