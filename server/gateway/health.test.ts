import { expect, test } from "vitest"
import type { ChannelHealth } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { createHealth } from "./health.ts"

async function okWith(phone: Partial<ChannelHealth>): Promise<boolean> {
  const health = await createHealth({
    clock: createManualClock(),
    log: silentLogger,
    minIntervalMs: 0,
    announce: () => undefined,
    sources: {
      version: "0",
      channels: () => ({ phone: { configured: true, state: "open", ...phone } }),
      agent: () => ({ engine: "builtin", state: "ready" }),
      storage: () => ({ ok: true, path: "" }),
      config: () => ({ ok: true }),
      webchat: () => ({ state: "off" }),
      outbox: async () => ({ pending: 0, failed: 0, unknown: 0 }),
      sessions: async () => ({ path: "", count: 0, recent: [] }),
      lagMs: () => 0,
    },
  })
  return (await health.read()).ok
}

test("[M1] a configured channel that has given up is not ok until somebody acts", async () => {
  for (const state of ["failed", "replaced", "logged_out", "banned"] as const) {
    expect(await okWith({ state }), state).toBe(false)
  }
})

test("[M1] one that waits, that was never linked or that tries again by itself is", async () => {
  expect(await okWith({ state: "waiting" })).toBe(true)
  expect(await okWith({ state: "off", linked: false })).toBe(true)
  expect(await okWith({ state: "banned", retryAt: 1 })).toBe(true)
  expect(await okWith({ configured: false, state: "failed" })).toBe(true)
})
