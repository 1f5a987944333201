// The latest lines of the gateway's log (rule M11), fetched while somebody looks at them and nowhere else.

import { type ReadonlySignal, signal } from "@preact/signals"
import { type ErrorShape, LIMITS, type LogLine } from "#protocol"
import type { Connection } from "./connection.ts"
import type { PartStore, PartStoreParts } from "./part-stores.ts"
import { toShape } from "./thrown.ts"

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const satisfies LogLine["level"][]
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A line with a number of its own, in the order in which they came. */
export interface ShownLine extends LogLine {
  readonly id: number
}

export type LogsState =
  | { readonly at: "loading" }
  | { readonly at: "live" }
  /** It is tried again by itself. */
  | { readonly at: "failed"; readonly error: ErrorShape }

export interface Logs extends PartStore {
  /** Oldest first, the latest `MAX_LINES`. */
  readonly lines: ReadonlySignal<readonly ShownLine[]>
  readonly state: ReadonlySignal<LogsState>
  /** When the gateway last answered, by this browser's clock. */
  readonly asOf: ReadonlySignal<number | undefined>
  readonly minLevel: ReadonlySignal<LogLevel>
  readonly paused: ReadonlySignal<boolean>
  /** Follows the log until the result is called. */
  watch(): () => void
  choose(minLevel: LogLevel): void
  setPaused(isPaused: boolean): void
  /** Takes away what is shown; what comes behind it is shown. */
  clear(): void
  /** What was missed is fetched at once. */
  wake(): void
  connected(): void
}

type LogsParts = Pick<PartStoreParts, "gateway" | "clock" | "isVisible"> & {
  readonly connection: Pick<Connection, "online">
}

export const MAX_LINES = 1_000
const LOOK_EVERY_MS = 2_000
/** A log that is written faster than this is followed at this pace. */
const MAX_PAGES = 10

export function createLogs({ clock, connection, gateway, isVisible }: LogsParts): Logs {
  const lines = signal<readonly ShownLine[]>([])
  const state = signal<LogsState>({ at: "loading" })
  const asOf = signal<number | undefined>(undefined)
  const minLevel = signal<LogLevel>("info")
  const paused = signal(false)
  let watchers = 0
  let cursor: string | undefined
  let lastId = 0
  let cancelTimer: (() => void) | undefined
  let isAsking = false
  /** Grows when what is shown begins anew, so that an answer from before is dropped. */
  let beginning = 0

  async function look(): Promise<void> {
    cancelTimer?.()
    cancelTimer = undefined
    if (watchers === 0 || isAsking) return
    const from = beginning
    if (connection.online.peek() && isVisible() && !paused.peek()) {
      isAsking = true
      await follow(from)
      isAsking = false
    }
    if (from !== beginning) return look()
    if (watchers > 0) cancelTimer = clock.after(LOOK_EVERY_MS, () => void look())
  }

  async function follow(from: number): Promise<void> {
    try {
      for (let pages = 0; pages < MAX_PAGES; pages += 1) {
        const isFirst = cursor === undefined
        const page = await gateway.request("logs.tail", {
          minLevel: minLevel.peek(),
          limit: LIMITS.maxLogLines,
          ...(cursor !== undefined && { cursor }),
        })
        if (from !== beginning) return
        cursor = page.cursor
        asOf.value = clock.now()
        state.value = { at: "live" }
        add(page.lines)
        if (isFirst || page.lines.length === 0) return
      }
    } catch (error) {
      if (from === beginning) state.value = { at: "failed", error: toShape(error) }
    }
  }

  function add(more: readonly LogLine[]): void {
    if (more.length === 0) return
    const numbered = more.map((line) => {
      lastId += 1
      return { ...line, id: lastId }
    })
    lines.value = [...lines.peek(), ...numbered].slice(-MAX_LINES)
  }

  function beginAnew(): void {
    beginning += 1
    cursor = undefined
    lines.value = []
    state.value = { at: "loading" }
  }

  return {
    lines,
    state,
    asOf,
    minLevel,
    paused,
    watch() {
      watchers += 1
      void look()
      return () => {
        watchers -= 1
        if (watchers > 0) return
        cancelTimer?.()
        cancelTimer = undefined
      }
    },
    choose(next) {
      if (next === minLevel.peek()) return
      minLevel.value = next
      beginAnew()
      void look()
    },
    setPaused(isPaused) {
      paused.value = isPaused
      if (!isPaused) void look()
    },
    clear() {
      lines.value = []
    },
    wake: () => void look(),
    connected: () => void look(),
    forget() {
      beginAnew()
      asOf.value = undefined
    },
  }
}
