// How hard an agent thinks, where it lets its client choose that: an option of its session in the category
// `thought_level` (https://agentclientprotocol.com/protocol/v1/session-config-options).

import type { Thinking } from "#protocol"

export interface ThoughtLevel {
  readonly configId: string
  readonly current: string
  /** The agent's own names of its levels, in lower case, and what stands for each. */
  readonly values: ReadonlyMap<string, string>
}

/** What an agent may call a level; without any of these it is left as it is. */
const NAMES: Readonly<Record<Thinking, readonly string[]>> = {
  off: ["off", "none", "disabled"],
  minimal: ["minimal", "low"],
  low: ["low"],
  medium: ["medium"],
  high: ["high"],
}

/** From the answer to a request that opens a session; undefined if there is nothing to choose. */
export function readThoughtLevel(answer: unknown): ThoughtLevel | undefined {
  for (const option of listOf(answer, "configOptions")) {
    const { category, currentValue, id, type } = toFields(option)
    if (category !== "thought_level" || type !== "select" || typeof id !== "string") continue
    const values = new Map<string, string>()
    for (const choice of listOf(option, "options")) {
      const grouped = listOf(choice, "options")
      for (const { name, value } of (grouped.length > 0 ? grouped : [choice]).map(toFields)) {
        if (typeof value !== "string") continue
        values.set(value.toLowerCase(), value)
        if (typeof name === "string" && !values.has(name.toLowerCase())) {
          values.set(name.toLowerCase(), value)
        }
      }
    }
    return { configId: id, current: typeof currentValue === "string" ? currentValue : "", values }
  }
  return undefined
}

/** The value to set; undefined if it is set already, or the agent has nothing like it. */
export function valueFor(thinking: Thinking, level: ThoughtLevel): string | undefined {
  const name = NAMES[thinking].find((candidate) => level.values.has(candidate))
  const value = name === undefined ? undefined : level.values.get(name)
  return value === level.current ? undefined : value
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = toFields(value)[name]
  return Array.isArray(list) ? list : []
}

function toFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {}
}
