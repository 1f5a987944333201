// A vault that lives as long as a test.

import type { ChannelVault } from "../channels/channel.ts"
import { type Clock, systemClock } from "../host/clock.ts"

interface Entry {
  readonly area: string
  readonly key: string
  readonly value: Uint8Array
  readonly writtenAt: number
}

export function createMemoryVault({ clock = systemClock }: { clock?: Clock } = {}): ChannelVault {
  // In the order of writing.
  let entries: readonly Entry[] = []

  const ofArea = (area: string) => entries.filter((entry) => entry.area === area)

  return {
    async get(area, keys) {
      const wanted = new Set(keys)
      return new Map(
        ofArea(area)
          .filter(({ key }) => wanted.has(key))
          .map(({ key, value }) => [key, value.slice()]),
      )
    },
    async write(changes) {
      for (const { area, key, value } of changes) {
        const others = entries.filter((entry) => entry.area !== area || entry.key !== key)
        const written = value && { area, key, value: value.slice(), writtenAt: clock.now() }
        entries = written === undefined ? others : [...others, written]
      }
    },
    async keys(area, limit) {
      const latest = ofArea(area).reverse()
      return latest.slice(0, limit).map(({ key }) => key)
    },
    async trim(area, { before, keep }) {
      const kept = new Set(
        ofArea(area)
          .reverse()
          .slice(0, keep)
          .filter(({ writtenAt }) => writtenAt >= before),
      )
      entries = entries.filter((entry) => entry.area !== area || kept.has(entry))
    },
    async rename(area, to) {
      if (area === to) return
      entries = entries
        .filter((entry) => entry.area !== to)
        .map((entry) => (entry.area === area ? { ...entry, area: to } : entry))
    },
    async clear(area) {
      entries = entries.filter((entry) => entry.area !== area)
    },
  }
}
