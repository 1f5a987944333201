// The events of the gateway as they come, for whoever looks into a fault. While nobody looks, nothing is
// kept and nothing is measured.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { EventFrame, EventName } from "#protocol"
import type { PartStore, PartStoreParts } from "./part-stores.ts"

export type MonitorEntry =
  | {
      readonly kind: "event"
      readonly id: number
      /** By this browser's clock. */
      readonly at: number
      readonly event: EventName
      readonly seq: number
      /** Of the frame as it went over the wire, in UTF-8. */
      readonly bytes: number
      readonly payload: unknown
    }
  | { readonly kind: "gap"; readonly id: number; readonly at: number; readonly lost: number }
  | { readonly kind: "connected"; readonly id: number; readonly at: number }

export interface Monitor extends PartStore {
  /** Oldest first, the latest `MAX_ENTRIES`. */
  readonly entries: ReadonlySignal<readonly MonitorEntry[]>
  /** Since it was opened or cleared. */
  readonly counts: ReadonlySignal<ReadonlyMap<EventName, number>>
  readonly lost: ReadonlySignal<number>
  readonly paused: ReadonlySignal<boolean>
  /** Listens until the result is called. */
  watch(): () => void
  setPaused(isPaused: boolean): void
  clear(): void
  event(frame: EventFrame): void
  /** Events that never came, as their numbers show. */
  missed(lost: number): void
  /** The numbers begin anew. */
  connected(): void
}

export const MAX_ENTRIES = 500
/** What is kept is drawn at most this often, however fast it comes. */
const DRAW_MS = 100

type News = MonitorEntry extends infer Entry
  ? Entry extends MonitorEntry
    ? Omit<Entry, "id" | "at">
    : never
  : never

export function createMonitor({ clock }: Pick<PartStoreParts, "clock">): Monitor {
  const entries = signal<readonly MonitorEntry[]>([])
  const counts = signal<ReadonlyMap<EventName, number>>(new Map())
  const lost = signal(0)
  const paused = signal(false)
  let watchers = 0
  let lastId = 0
  let fresh: MonitorEntry[] = []
  let cancelTimer: (() => void) | undefined

  const isListening = () => watchers > 0 && !paused.peek()

  function add(news: News): void {
    if (!isListening()) return
    lastId += 1
    fresh.push({ ...news, id: lastId, at: clock.now() })
    // A page in the background is drawn seldom; it keeps no more for that.
    if (fresh.length > 2 * MAX_ENTRIES) draw()
    else cancelTimer ??= clock.after(DRAW_MS, draw)
  }

  function draw(): void {
    cancelTimer?.()
    cancelTimer = undefined
    if (fresh.length === 0) return
    const counted = new Map(counts.peek())
    for (const entry of fresh) {
      if (entry.kind === "event") counted.set(entry.event, (counted.get(entry.event) ?? 0) + 1)
      if (entry.kind === "gap") lost.value += entry.lost
    }
    counts.value = counted
    entries.value = [...entries.peek(), ...fresh].slice(-MAX_ENTRIES)
    fresh = []
  }

  function clear(): void {
    cancelTimer?.()
    cancelTimer = undefined
    fresh = []
    entries.value = []
    counts.value = new Map()
    lost.value = 0
  }

  return {
    entries,
    counts,
    lost,
    paused,
    watch() {
      watchers += 1
      return () => {
        watchers -= 1
        if (watchers > 0) return
        clear()
        paused.value = false
      }
    },
    setPaused(isPaused) {
      draw()
      paused.value = isPaused
    },
    clear,
    forget: clear,
    event(frame) {
      if (!isListening()) return
      const bytes = new TextEncoder().encode(JSON.stringify(frame)).length
      const { event, seq } = frame
      add({ kind: "event", event, seq, bytes, payload: withoutCode(frame) })
    },
    missed: (count) => add({ kind: "gap", lost: count }),
    connected: () => add({ kind: "connected" }),
  }
}

/** A code that links an account is a credential: it is not shown here, and not copied from here. */
function withoutCode(frame: EventFrame): unknown {
  if (frame.event !== "login") return frame.payload
  const { code, qr, ...rest } = frame.payload
  return {
    ...rest,
    ...(code !== undefined && { code: "…" }),
    ...(qr !== undefined && { qr: "…" }),
  }
}
