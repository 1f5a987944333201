import fc from "fast-check"
import { expect, test } from "vitest"
import type { EventFrame } from "./frames.ts"
import { applyEvent } from "./snapshot.ts"
import { entry, events, health, helloOk } from "./testing/samples.ts"

const { snapshot } = helloOk

test("[E4] a presence event replaces the whole list", () => {
  const presence = [{ ...entry, host: "other" }]
  const after = applyEvent(snapshot, {
    type: "event",
    event: "presence",
    seq: 1,
    payload: { presence },
    stateVersion: { presence: 2, health: 1 },
  })
  expect(after).toEqual({ ...snapshot, presence, stateVersion: { presence: 2, health: 1 } })
})

test("[E9] a health event replaces the health", () => {
  const worse = { ...health, ok: false }
  const stateVersion = { presence: 1, health: 2 }
  const frame = { type: "event", event: "health", seq: 1, payload: worse, stateVersion } as const
  expect(applyEvent(snapshot, frame)).toEqual({ ...snapshot, health: worse, stateVersion })
})

test("[E2] other events leave the snapshot as it is", () => {
  for (const frame of events) {
    if (frame.event === "presence" || frame.event === "health") continue
    expect(applyEvent(snapshot, frame)).toBe(snapshot)
  }
})

test("an event of a newer gateway leaves the snapshot as it is", () => {
  const newer = { type: "event", event: "weather", seq: 1, payload: {} } as unknown as EventFrame
  expect(applyEvent(snapshot, newer)).toBe(snapshot)
})

test("[E2] a snapshot carried forward by events equals a fresh one", () => {
  type Change = { readonly host: string } | { readonly lagMs: number }
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ host: fc.string({ minLength: 1 }) }),
    fc.record({ lagMs: fc.nat() }),
  )
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      let fresh = snapshot
      let carried = snapshot
      changes.forEach((each, index) => {
        const { presence, health: count } = fresh.stateVersion
        const seq = index + 1
        if ("host" in each) {
          fresh = {
            ...fresh,
            presence: [{ ...entry, host: each.host }],
            stateVersion: { presence: presence + 1, health: count },
          }
          const payload = { presence: fresh.presence }
          const { stateVersion } = fresh
          carried = applyEvent(carried, {
            type: "event",
            event: "presence",
            seq,
            payload,
            stateVersion,
          })
        } else {
          fresh = {
            ...fresh,
            health: { ...health, lagMs: each.lagMs },
            stateVersion: { presence, health: count + 1 },
          }
          const { health: payload, stateVersion } = fresh
          carried = applyEvent(carried, {
            type: "event",
            event: "health",
            seq,
            payload,
            stateVersion,
          })
        }
      })
      expect(carried).toEqual(fresh)
    }),
  )
})
