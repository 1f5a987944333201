// The messages that the gateway answers itself (rule M14), as far as it tells of them: asked for when
// somebody is about to use one, once for each connection.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { Command, MethodName } from "#protocol"
import type { Requests } from "../gateway.ts"

export interface Commands {
  /** Empty until they are known. */
  readonly all: ReadonlySignal<readonly Command[]>
  /** Never rejects. */
  load(): Promise<void>
  /** Another connection may be to a gateway that has others. */
  disconnected(): void
}

export interface CommandsParts {
  readonly gateway: Requests
  readonly offers: (method: MethodName) => boolean
}

export function createCommands({ gateway, offers }: CommandsParts): Commands {
  const all = signal<readonly Command[]>([])
  let loading: Promise<void> | undefined

  async function fetchAll(): Promise<void> {
    try {
      all.value = (await gateway.request("commands.list", {})).commands
    } catch {
      // The next one that looks for a command asks again.
      loading = undefined
    }
  }

  return {
    all,
    load() {
      if (!offers("commands.list")) return Promise.resolve()
      loading ??= fetchAll()
      return loading
    },
    disconnected() {
      loading = undefined
    },
  }
}

/** What is typed of a command's name; undefined where no command is being typed. */
export function commandIn(draft: string): string | undefined {
  return /^\/([a-z0-9_-]*)$/i.exec(draft)?.[1]?.toLowerCase()
}

/** The commands whose names hold what is typed; first those that begin with it. */
export function matchCommands(all: readonly Command[], typed: string): readonly Command[] {
  const begins = all.filter(({ name }) => name.startsWith(typed))
  const holds = all.filter(({ name }) => !name.startsWith(typed) && name.includes(typed))
  return [...begins, ...holds]
}
