// A disk that fails at every step of a scripted day: what was refused was not accepted, what was accepted
// is done once, health says so meanwhile, and nothing has to be restarted.

import { expect, onTestFinished, test } from "vitest"
import { GatewayError } from "#protocol"
import { type Clock, systemClock } from "../host/clock.ts"
import { createFaultyDisk, type FaultyDisk } from "../testing/faulty-disk.ts"
import { startGateway } from "../testing/start-gateway.ts"
import { breakDisk, mendDisk } from "../testing/temporary-store.ts"
import type { TestClient } from "../testing/test-client.ts"

const FASTER = 50
/** With the flag of the long runs every statement has its turn, else every fourth. */
const STEP = process.env["CLAWDIS_CRASHES"] === undefined ? 4 : 1
const SEED = Number(process.env["CLAWDIS_SEED"] ?? Date.now() % 1_000_000)

const hurried: Clock = {
  now: systemClock.now,
  monotonic: () => systemClock.monotonic() * FASTER,
  after: (delayMs, action) => systemClock.after(delayMs / FASTER, action),
}

async function start() {
  const disk = createFaultyDisk()
  const gateway = await startGateway({
    clock: hurried,
    divideBy: 1,
    wrapDatabase: disk.wrap,
    // What came in reaches the agent in its envelope.
    script: ({ prompt }) => [{ say: prompt.includes("inbound") ? "inbound" : prompt }],
  })
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect({ caps: ["runs"] })
  return { client, disk, gateway }
}

type Started = Awaited<ReturnType<typeof start>>

/** One thing that somebody asks for, and the chat where the service then has one message. */
interface Step {
  readonly ask: () => Promise<unknown>
  readonly chat?: string
}

/** The names of chats and keys are each day's own. */
function toDay({ client, gateway }: Started, day: string): Step[] {
  const { request } = client
  const send = (name: string, message: string): Step => ({
    ask: () =>
      request("send", {
        to: `memory:${name}-${day}`,
        message,
        idempotencyKey: `${name}-${day}`,
      }),
    chat: `${name}-${day}`,
  })
  const agent = (message: string, words: object): Step["ask"] => {
    return () => request("agent", { message, idempotencyKey: `${message}-${day}`, ...words })
  }
  return [
    send("send", "hello"),
    { ask: agent("run", { sessionKey: `web:${day}` }) },
    {
      ask: agent("deliver", { to: `memory:deliver-${day}`, deliver: true }),
      chat: `deliver-${day}`,
    },
    {
      ask: () =>
        gateway.channel.say("inbound", {
          messageId: `in-${day}`,
          sender: { id: `in-${day}` },
          chat: `in-${day}`,
        }),
      chat: `in-${day}`,
    },
    { ask: () => request("system-event", { text: `event ${day}` }) },
    send("later", "good bye"),
  ]
}

/** Until nothing is left to do. A disk that still fails keeps it waiting. */
async function untilQuiet(client: TestClient): Promise<void> {
  for (let calm = 0; calm < 2; ) {
    const status = await client.request("status", {}).catch(() => undefined)
    const waiting =
      status === undefined ||
      status.inbox.pending + status.runs.active + status.runs.queued + status.outbox.pending > 0
    calm = waiting ? 0 : calm + 1
  }
}

/** How many messages the service has in the chat of a step. */
function countSent({ gateway }: Started, step: Step): number {
  return gateway.channel.sent.filter(({ chat }) => chat === step.chat).length
}

/** Lives one day, on which the disk fails; gives whether it did. */
async function live(started: Started, day: string, whenFailing: () => Promise<void>) {
  const { client, disk } = started
  const refused: Step[] = []
  const ended = new Map<Step, unknown>()
  const steps = toDay(started, day)
  const watching = { over: false }
  const watched = (async () => {
    while (disk.failures === 0 && !watching.over) await client.call("system-presence")
    if (disk.failures > 0) await whenFailing()
    disk.mend()
  })()
  watched.catch(() => undefined)
  try {
    for (const step of steps) {
      const error = await step.ask().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (error === undefined) continue
      if (!(error instanceof GatewayError) || error.reason !== "storage") throw error
      if (error.retryable === true) refused.push(step)
      // It was accepted, and its end is that the disk failed.
      else ended.set(step, error.details)
    }
  } finally {
    watching.over = true
  }
  const { counts } = disk
  await watched
  await untilQuiet(client)
  // What was refused has had no effect, and may be asked for again.
  for (const step of refused) {
    expect(countSent(started, step), day).toBe(0)
    await step.ask()
  }
  await untilQuiet(client)
  for (const step of steps) {
    const failed = ended.get(step)
    if (failed !== undefined) expect(failed).toMatchObject({ runId: expect.any(String) })
    else if (step.chat !== undefined) expect(countSent(started, step), day).toBe(1)
  }
  const history = await client.request("chat.history", { sessionKey: `web:${day}` })
  expect(history.messages.map(({ role }) => role)).toEqual(["user", "assistant"])
  return { counts, refused: refused.length }
}

async function measure(started: Started): Promise<FaultyDisk["counts"]> {
  started.disk.arm({})
  const { counts } = await live(started, "plain", async () => undefined)
  return counts
}

async function expectWell({ client, gateway }: Started): Promise<void> {
  expect(await client.request("health", {})).toMatchObject({
    ok: true,
    storage: { ok: true },
    outbox: { pending: 0, failed: 0, unknown: 0 },
  })
  const check = await gateway.database.transact((sql) => sql.get("PRAGMA integrity_check"))
  expect(check).toEqual({ integrity_check: "ok" })
}

test("[CR5, A1, I3] whichever commit finds the disk full: refused and not accepted, or done once; nothing is restarted", async () => {
  const started = await start()
  const { client, disk } = started
  const { commits } = await measure(started)
  let refused = 0
  for (let commit = 1; commit <= commits; commit += 1) {
    disk.arm({ fullFromCommit: commit })
    const day = await live(started, `full-${commit}`, async () => {
      const health = await client.request("health", {})
      expect(health).toMatchObject({ ok: false, storage: { ok: false } })
    })
    refused += day.refused
  }
  expect(refused).toBeGreaterThan(4)
  await expectWell(started)
})

test("[CR5, A2] a run that ends while nothing can be written says how, and its reply goes out later", async () => {
  const gate = Promise.withResolvers<void>()
  const working = Promise.withResolvers<void>()
  const gateway = await startGateway({
    clock: hurried,
    script: () => {
      working.resolve()
      return [{ wait: gate.promise }, { say: "done" }]
    },
  })
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect()
  const request = { message: "work", to: "memory:7", deliver: true, idempotencyKey: "k" }
  const final = client.request("agent", request)
  await working.promise
  await breakDisk(gateway.database)
  gate.resolve()
  expect(await final).toMatchObject({ status: "ok", text: "done", delivery: { status: "queued" } })
  expect(gateway.channel.sent).toEqual([])
  await mendDisk(gateway.database)
  while (gateway.channel.sent.length === 0) await client.call("system-presence")
  expect(gateway.channel.sent).toMatchObject([{ chat: "7", text: "done" }])
})

test(`[CR7, A1, I3] whichever statement finds the disk broken: refused and not accepted, or done once (seed ${SEED})`, {
  timeout: 120_000,
}, async () => {
  const started = await start()
  const { statements } = await measure(started)
  let refused = 0
  for (let statement = 1 + (SEED % STEP); statement <= statements; statement += STEP) {
    started.disk.arm({ brokenStatement: statement })
    const day = await live(started, `broken-${statement}`, async () => undefined)
    refused += day.refused
  }
  expect(refused).toBeGreaterThan(4)
  await expectWell(started)
})
