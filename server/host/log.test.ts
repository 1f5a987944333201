import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Writable } from "node:stream"
import fc from "fast-check"
import { afterEach, beforeEach, expect, test } from "vitest"
import { createManualClock, type ManualClock } from "../testing/manual-clock.ts"
import { createCalmLog } from "./calm-log.ts"
import { createLog, type LogOptions } from "./log.ts"
import { wantsColor } from "./terminal.ts"

let folder: string
let clock: ManualClock
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clawdis-log-"))
  clock = createManualClock()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function start(options: Partial<LogOptions> = {}) {
  let shown = ""
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      shown += String(chunk)
      done()
    },
  })
  const file = join(folder, "gateway.log")
  const log = createLog({
    stdout,
    level: "info",
    file,
    maxMb: 20,
    verbose: false,
    secrets: [],
    clock,
    ...options,
  })
  return {
    log,
    stdout,
    shown: () => shown,
    file,
    lines: () => {
      log.flush()
      const text = readFileSync(file, "utf8").trim()
      return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line))
    },
  }
}

test("stdout has lines for people, the file JSON lines with debug as well", () => {
  const { log, shown, lines } = start()
  log.logger.area("telegram").info("connected", { bot: "@clawdis", tries: 2, note: "a b" })
  log.logger.debug("frame", { bytes: 3 })
  expect(shown()).toMatch(
    /^\d{4}-\d\d-\d\dT\S+ info {2}telegram connected bot=@clawdis tries=2 note="a b"\n$/,
  )
  expect(lines()).toEqual([
    {
      level: "info",
      ts: clock.now(),
      area: "telegram",
      fields: { bot: "@clawdis", tries: 2, note: "a b" },
      text: "connected",
    },
    { level: "debug", ts: clock.now(), area: "gateway", fields: { bytes: 3 }, text: "frame" },
  ])
})

test("--verbose mirrors debug to stdout", () => {
  const { log, shown } = start({ verbose: true, level: "error" })
  log.logger.debug("frame")
  expect(shown()).toContain("debug gateway frame")
})

test("[CL11] escape codes only on a terminal without NO_COLOR", () => {
  const { log, shown } = start()
  log.logger.error("x")
  expect(shown()).not.toContain("\u001b")
  const terminal = Object.assign(new Writable(), { isTTY: true })
  expect(wantsColor(terminal, {})).toBe(true)
  expect(wantsColor(terminal, { NO_COLOR: "1" })).toBe(false)
  expect(wantsColor(terminal, { TERM: "dumb" })).toBe(false)
  expect(wantsColor(new Writable(), {})).toBe(false)
})

test("[AU2] no line holds a secret, wherever it stands", () => {
  const secret = 'to"ken/with ü'
  const { log, shown, lines } = start({ secrets: [secret] })
  log.addSecret("later-secret")
  log.logger.info(`got ${secret}`, {
    list: [secret],
    deep: { [secret]: JSON.stringify({ token: secret }) },
    error: new Error(`no ${secret} later-secret`, { cause: new Error(secret) }),
    url: `https://api.telegram.org/bot123456:AAE-x_y/getMe?${encodeURIComponent(secret)}`,
  })
  const text = shown() + JSON.stringify(lines())
  expect(text).not.toContain("AAE-x_y")
  expect(text).not.toContain("later-secret")
  expect(text).not.toContain("ken/with")
  expect(text).toContain("/bot[redacted]/getMe")
})

test("[AU2] whatever the secret, it never reaches a line", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), fc.string(), (secret, around) => {
      fc.pre(!"[redacted]".includes(secret))
      const { log, shown } = start({ secrets: [secret], verbose: true })
      log.logger.info(`${around} ${secret} ${around}`)
      expect(shown()).not.toContain(secret)
    }),
  )
})

test("a stranger's text cannot start a line, move the cursor or turn the line around", () => {
  const { log, shown, lines } = start()
  log.logger.info("name: a\nfake\u001b[2J", { name: "b\r\u009b31m\u202e\u2028c" })
  expect(shown().trimEnd().split("\n")).toHaveLength(1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be there.
  expect(shown().trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/)
  expect(JSON.stringify(lines())).not.toMatch(/[\u007f-\u009f\u2028\u202e]/)
})

test("odd fields make a short line, never a failure", () => {
  const { log, lines } = start()
  const loop: Record<string, unknown> = {}
  loop["self"] = loop
  log.logger.info("odd", {
    loop,
    big: 1n,
    nan: Number.NaN,
    bytes: new Uint8Array(3),
    long: "x".repeat(100_000),
    many: Array.from({ length: 1_000 }, () => 1),
    call: () => 1,
  })
  const [line] = lines()
  expect(line.fields.bytes).toBe("(3 bytes)")
  expect(JSON.stringify(line).length).toBeLessThan(6_000)
})

test("the file is rotated by size, and three old ones stay", () => {
  const { log, lines, file } = start({ maxMb: 0.001 })
  for (let n = 0; n < 60; n += 1) log.logger.debug("x".repeat(200), { n })
  expect(lines().at(-1).fields).toEqual({ n: 59 })
  expect(readdirSync(folder).sort()).toEqual([
    "gateway.log",
    "gateway.log.1",
    "gateway.log.2",
    "gateway.log.3",
  ])
  for (const name of readdirSync(folder)) {
    expect(statSync(join(folder, name)).size).toBeLessThan(1_100)
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  }
  const older = readFileSync(`${file}.1`, "utf8").trim().split("\n").at(-1) ?? ""
  expect(JSON.parse(older).fields.n).toBe(lines()[0].fields.n - 1)
})

test("[CR18] a log folder that cannot be written is said once, and stdout goes on", () => {
  writeFileSync(join(folder, "file"), "")
  const { log, shown } = start({ file: join(folder, "file", "gateway.log") })
  log.logger.info("one")
  log.logger.info("two")
  expect(shown().match(/cannot be written/g)).toHaveLength(1)
  expect(shown()).toContain("gateway two")
})

test.runIf(existsSync("/dev/full"))(
  "[CR18] a full log disk is said once, and stdout goes on",
  async () => {
    const { log, shown } = start({ file: "/dev/full" })
    log.logger.info("one")
    log.flush()
    await clock.advance(59_000)
    log.logger.info("two")
    await clock.advance(2_000)
    log.logger.info("three")
    log.flush()
    await clock.advance(1)
    expect(shown().match(/cannot be written: no space left/g)).toHaveLength(1)
    expect(shown()).toContain("gateway three")
  },
)

test("[CR18] a log disk that recovers is used again", async () => {
  writeFileSync(join(folder, "logs"), "")
  const { log, shown } = start({ file: join(folder, "logs", "gateway.log") })
  rmSync(join(folder, "logs"))
  log.logger.info("lost")
  await clock.advance(60_000)
  log.logger.info("found")
  log.flush()
  const text = readFileSync(join(folder, "logs", "gateway.log"), "utf8")
  expect(text).toContain("found")
  expect(text).not.toContain("lost")
  expect(shown()).toContain("gateway found")
})

test("[SD5] a closed stdout leaves the log working", async () => {
  const stdout = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error("EPIPE"), { code: "EPIPE" }))
    },
  })
  const { log, lines } = start({ stdout })
  log.logger.info("one")
  await clock.advance(1)
  log.logger.info("two")
  expect(lines().map((line: { text: string }) => line.text)).toEqual(["one", "two"])
})

test("[SD5] reopen follows a log that was moved away", () => {
  const { log, lines, file } = start()
  log.logger.info("one")
  log.flush()
  rmSync(file)
  log.reopen()
  log.logger.info("two")
  expect(lines().map((line: { text: string }) => line.text)).toEqual(["two"])
})

test("a storm gives one line a cause and minute, with a count", async () => {
  const { log, shown } = start({ level: "warn" })
  const { logger, stop } = createCalmLog({ log: log.logger, clock })
  for (let n = 0; n < 1_000; n += 1) logger.warn("wrong token", { client: n })
  logger.area("store").error("disk slow")
  expect(shown().match(/wrong token/g)).toHaveLength(1)
  expect(shown()).toMatch(/error store disk slow/)
  await clock.advance(60_000)
  expect(shown().match(/wrong token/g)).toHaveLength(2)
  expect(shown()).toContain("wrong token client=999 repeated=999")
  await clock.advance(120_000)
  expect(shown().match(/wrong token/g)).toHaveLength(2)
  logger.warn("wrong token")
  expect(shown().match(/wrong token/g)).toHaveLength(3)
  logger.warn("wrong token")
  stop()
  expect(shown()).toContain("wrong token repeated=1")
  expect(clock.waiting).toBe(0)
})

test("a storm of ever new causes is bounded", () => {
  const { log, shown } = start({ level: "warn" })
  const { logger, stop } = createCalmLog({ log: log.logger, clock })
  for (let n = 0; n < 5_000; n += 1) logger.warn("odd", { error: new Error(`cause ${n}`) })
  expect(shown().match(/odd/g)?.length).toBeLessThanOrEqual(1_001)
  stop()
})

test("a warning of another cause is not held back, nor one of another area", () => {
  const { log, shown } = start({ level: "warn" })
  const { logger, stop } = createCalmLog({ log: log.logger, clock })
  logger.area("telegram").warn("not connected", { error: "refused" })
  logger.area("telegram").warn("not connected", { error: "no such host" })
  logger.area("whatsapp").warn("not connected", { error: "refused" })
  logger.area("telegram").warn("not connected", { error: "refused" })
  expect(shown().match(/not connected/g)).toHaveLength(3)
  stop()
})
