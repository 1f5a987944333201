// Groups that became supergroups and got another id by it. Messages for the old id go to the new one,
// and a rule that names the old id holds for what comes from the new one.

import type { Logger } from "../../host/logger.ts"
import type { ChannelNotebook, InboundMessage } from "../channel.ts"

export interface MovedGroups {
  /** Reads what is known of the groups in the configuration. */
  load(): Promise<void>
  /** Where the chat is now. A group moves only once. */
  current(id: number | string): Promise<number | string>
  /** Resolves when it is on disk, and is remembered even if it rejects. */
  note(from: number, to: number): Promise<void>
  /** The message as that of the group that the configuration names. */
  asConfigured(message: InboundMessage): InboundMessage
}

export interface MovedGroupsParts {
  readonly notebook: ChannelNotebook
  readonly log: Logger
  /** The ids in the configuration. */
  readonly groups: () => readonly string[]
}

export function createMovedGroups({ notebook, log, groups }: MovedGroupsParts): MovedGroups {
  const moved = new Map<number, number>()
  const unwritten = new Set<number>()
  /** From the new id of a configured group to the configured one. */
  const configured = new Map<string, string>()

  function remember(from: number, to: number): void {
    moved.set(from, to)
    const ids = groups()
    if (!ids.includes(String(from)) || ids.includes(String(to))) return
    configured.set(String(to), String(from))
    log.warn("a group in the configuration has another id now", { group: from, now: to })
  }

  async function lookUp(id: number): Promise<number | undefined> {
    const known = moved.get(id)
    if (known !== undefined) return known
    const noted = Number(await notebook.get(keyOf(id)))
    if (!Number.isSafeInteger(noted) || noted === 0) return undefined
    remember(id, noted)
    return noted
  }

  return {
    async load() {
      for (const id of groups()) await lookUp(Number(id))
    },
    async current(id) {
      if (typeof id === "string" || id > 0) return id
      return (await lookUp(id)) ?? id
    },
    async note(from, to) {
      if ((await lookUp(from)) !== to) {
        log.info("a group became a supergroup", { group: from, now: to })
        remember(from, to)
        unwritten.add(from)
      }
      if (!unwritten.has(from)) return
      await notebook.set(keyOf(from), String(to))
      unwritten.delete(from)
    },
    asConfigured(message) {
      const id = message.group && configured.get(message.group.id)
      if (message.group === undefined || id === undefined) return message
      return { ...message, group: { ...message.group, id } }
    },
  }
}

function keyOf(id: number): string {
  return `moved:${id}`
}
