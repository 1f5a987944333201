import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as v from "valibot"
import { expect, onTestFinished, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createRecordingLogger } from "../testing/recording-logger.ts"
import type { ChannelSource } from "./channel-section.ts"
import { loadConfig } from "./config.ts"
import { createLiveConfig, liveView } from "./live-config.ts"

const PIGEON: ChannelSource = {
  id: "pigeon",
  Settings: v.strictObject({
    allowFrom: v.optional(v.array(v.string()), []),
    groups: v.optional(v.strictObject({}), {}),
    loft: v.optional(v.string(), "south"),
    perch: v.optional(v.string()),
  }),
  readTarget: () => undefined,
}

function setUp(first: object, environment: Record<string, string> = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), "clawdis-live-"))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const file = join(stateDir, "clawdis.json")
  const write = (text: string) => writeFileSync(file, text)
  const load = () =>
    loadConfig({
      flags: {},
      environment: { CLAWDIS_STATE_DIR: stateDir, ...environment },
      channels: [PIGEON],
      presets: [],
    })
  write(JSON.stringify(first))
  const clock = createManualClock()
  const lines: string[] = []
  const log = createRecordingLogger(lines)
  const applied: string[][] = []
  const told: unknown[] = []
  const live = createLiveConfig({
    initial: load(),
    load,
    clock,
    log,
    applied: (_, keys) => void applied.push([...keys].sort()),
    changed: () => void told.push(live.health()),
  })
  const change = (next: object | string) => {
    write(typeof next === "string" ? next : JSON.stringify(next))
    live.look()
  }
  return { live, change, applied, told, clock, lines, file }
}

test("what can take effect at once does, and is told by its keys", () => {
  const { live, change, applied } = setUp({ agent: { timeoutSeconds: 5 } })
  change({
    agent: { timeoutSeconds: 7, thinking: "low" },
    channels: { pigeon: { allowFrom: ["42"], loft: "north" } },
    gateway: { token: "0123456789abcdef" },
    limits: { runsPerSender: { count: 1, minutes: 1 } },
    logging: { level: "debug" },
    media: { maxMb: 3 },
  })
  expect(applied).toEqual([
    [
      "agent.thinking",
      "agent.timeoutSeconds",
      "channels.pigeon.allowFrom",
      "gateway.token",
      "limits.runsPerSender",
      "logging.level",
      "media.maxMb",
    ],
  ])
  const { agent, channels, gateway, limits, logging, media } = live.current
  expect(agent).toMatchObject({ timeoutSeconds: 7, thinking: "low" })
  expect(channels["pigeon"]).toMatchObject({ allowFrom: ["42"], loft: "south" })
  expect(gateway.token).toBe("0123456789abcdef")
  expect(limits.runsPerSender.count).toBe(1)
  expect(logging.level).toBe("debug")
  expect(media.maxMb).toBe(3)
})

test("what needs a restart stays as it was, and health names it until it is taken back", () => {
  const { live, change, applied, told } = setUp({})
  change({ gateway: { port: 4_000 }, session: { idleMinutes: 5 }, agent: { thinking: "high" } })
  expect(applied).toEqual([["agent.thinking"]])
  expect(live.current.gateway.port).toBe(18_789)
  expect(live.health()).toMatchObject({
    ok: true,
    lastError: "restart needed: gateway.port, session.idleMinutes",
  })
  change({ agent: { thinking: "high" } })
  expect(live.health()).toEqual({ ok: true })
  expect(told).toHaveLength(2)
})

test("[CF5] a file that has become invalid changes nothing, and health says since when and where", async () => {
  const { live, change, applied, clock, lines, file } = setUp({ agent: { timeoutSeconds: 5 } })
  const at = clock.now()
  change('{ agent: { timeoutSeconds: "soon" } }')
  await clock.advance(60_000)
  change('{ agent: { timeoutSeconds: "soon" } } // still')
  expect(live.health()).toEqual({
    ok: false,
    since: at,
    lastError: expect.stringContaining(`${file}:1:28`),
  })
  expect(live.current.agent.timeoutSeconds).toBe(5)
  expect(applied).toEqual([])
  expect(lines.filter((line) => line.includes("invalid"))).toHaveLength(1)
  change({ agent: { timeoutSeconds: 6 } })
  expect(live.health()).toEqual({ ok: true })
  expect(live.current.agent.timeoutSeconds).toBe(6)
})

test("[CF5] a file that is taken away takes no protection with it", () => {
  const { live, change, applied, file } = setUp({ gateway: { token: "a token of 24 letters" } })
  rmSync(file)
  live.look()
  expect(live.current.gateway.token).toBe("a token of 24 letters")
  expect(live.health()).toMatchObject({ ok: false, lastError: `${file} is not there any more` })
  change({})
  expect(live.health()).toEqual({ ok: true })
  expect(applied).toEqual([["gateway.token"]])
})

test("[CF5] a file that comes later may go again only with a restart", () => {
  const { live, change, file } = setUp({})
  rmSync(file)
  live.look()
  change({ agent: { thinking: "low" } })
  rmSync(file)
  live.look()
  expect(live.current.agent.thinking).toBe("low")
})

test("[CF5] a secret whose quotes were forgotten is told to nobody", () => {
  const { live, change, lines } = setUp({})
  for (const secret of ["s3cretToken", "12345:s3cret", "'s3cret", "0x1s3cret", "-s3cret"]) {
    change(`{ gateway: { token: ${secret} } }`)
    expect(live.health().ok).toBe(false)
    expect([live.health().lastError, ...lines].join()).not.toContain("s3cret")
  }
})

test("[CF5] a change that would open a door is refused like any other mistake", () => {
  const { live, change } = setUp({ gateway: { bind: "0.0.0.0", token: "0123456789abcdef" } })
  change({ gateway: { bind: "0.0.0.0" } })
  expect(live.health()).toMatchObject({ ok: false })
  expect(live.current.gateway.token).toBe("0123456789abcdef")
})

test("[CF5] a token is kept for as long as a door stands open that a restart would close", () => {
  const token = "0123456789abcdef"
  const { live, change, applied } = setUp({ gateway: { bind: "0.0.0.0", token } })
  change({ agent: { thinking: "low" } })
  expect(applied).toEqual([["agent.thinking"]])
  expect(live.current.gateway.token).toBe(token)
  expect(live.health().lastError).toBe("restart needed: gateway.bind, gateway.token")
  change({ gateway: { token: "another token of 25 digits" } })
  expect(live.current.gateway.token).toBe("another token of 25 digits")
})

test("a setting of a channel that is taken out of the file is named as well", () => {
  const { live, change } = setUp({ channels: { pigeon: { perch: "left" } } })
  change({})
  expect(live.health().lastError).toBe("restart needed: channels.pigeon.perch")
})

test("a flag or a variable goes on counting more than the file", () => {
  const { live, change, applied } = setUp({}, { CLAWDIS_GATEWAY_TOKEN: "from the environment" })
  change({ gateway: { token: "0123456789abcdef" } })
  expect(applied).toEqual([])
  expect(live.current.gateway.token).toBe("from the environment")
})

test("a live view reads as what stands behind it at that moment", () => {
  let current: { a: number; b?: number } = { a: 1 }
  const view = liveView(() => current)
  expect({ ...view }).toEqual({ a: 1 })
  current = { a: 2, b: 3 }
  expect(view.a).toBe(2)
  expect("b" in view).toBe(true)
  expect(Object.keys(view)).toEqual(["a", "b"])
})
