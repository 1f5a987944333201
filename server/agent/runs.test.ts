import { expect, onTestFinished, test } from "vitest"
import { type AgentEvent, type ChatMessage, GatewayError } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import type { NewRun, RunRecord } from "../store/store.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import {
  breakDisk,
  mendDisk,
  openTemporaryStore,
  type TemporaryStore,
} from "../testing/temporary-store.ts"
import type { Engine } from "./engine.ts"
import { createRuns, type RunEnd, type Runs } from "./runs.ts"
import { createScriptedEngine, type Script } from "./scripted.ts"

const GRACE_MS = 5_000
const TIMEOUT_MS = 60_000

interface StartOptions {
  readonly script?: Script
  readonly engine?: Engine
  maxConcurrent?: number
  readonly store?: TemporaryStore
  readonly answerCommand?: (run: RunRecord) => Promise<string>
  /** What is sent where a run was asked from. */
  readonly reply?: (run: RunRecord, end: RunEnd) => string
}

async function start(options: StartOptions = {}) {
  const clock = createManualClock()
  const store = options.store ?? (await openTemporaryStore())
  onTestFinished(() => store[Symbol.asyncDispose]())
  const engine = createScriptedEngine({
    clock,
    ...(options.script !== undefined && { script: options.script }),
  })
  const events: AgentEvent[] = []
  const messages: ChatMessage[] = []
  const ended: string[] = []
  const notes = new Map<string, string[]>()
  const runs: Runs = createRuns({
    engine: options.engine ?? engine,
    clock,
    runs: store.runs,
    messages: store.messages,
    log: silentLogger,
    timings: { graceMs: GRACE_MS, permissionMs: 1 },
    permissions: { webchat: "refuse", channels: "refuse" },
    canAsk: () => false,
    get maxConcurrent() {
      return options.maxConcurrent ?? 4
    },
    answerCommand: options.answerCommand ?? (async () => "done"),
    takeNotes: async (sessionKey) => notes.get(sessionKey) ?? [],
    finishAnswer: async (run, end, parts) => ({
      parts,
      text: end.text,
      deliveries:
        options.reply === undefined
          ? []
          : [
              {
                id: `${run.runId}:reply`,
                channel: "memory",
                chat: "1",
                to: "1",
                items: [{ text: options.reply(run, end) }],
                createdAt: 0,
                runId: run.runId,
              },
            ],
    }),
    on: {
      event: (event) => events.push(event),
      message: (_sessionKey, message) => messages.push(message),
      ended: (run) => ended.push(run.runId),
      idle: () => undefined,
      sessionChanged: () => undefined,
    },
  })
  const submit = (runId: string, sessionKey = "main", key = runId) =>
    runs.submit({ key, digest: "d" }, newRun(runId, sessionKey), () => undefined)
  const phases = (runId: string) =>
    events.flatMap((event) =>
      event.runId === runId && event.stream === "lifecycle" ? event.data.phase : [],
    )
  /** Until nothing that is possible without time is left to do. */
  const settle = () => clock.advance(0)
  return { clock, ended, engine, events, messages, notes, phases, runs, settle, store, submit }
}

function newRun(runId: string, sessionKey = "main", words: Partial<NewRun["run"]> = {}): NewRun {
  return {
    run: {
      runId,
      sessionKey,
      sessionId: `id-of-${sessionKey}`,
      origin: "request",
      messageId: `answer-${runId}`,
      createdAt: 0,
      request: { prompt: runId, attachments: [], thinking: "off", timeoutMs: TIMEOUT_MS },
      ...words,
    },
    messages: [
      {
        id: `question-${runId}`,
        role: "user",
        ts: 0,
        status: "ok",
        runId,
        parts: [{ type: "text", text: runId }],
      },
    ],
  }
}

test("[A1] a request is acknowledged when it is on disk, and before anything of it happens", async () => {
  const { engine, runs, settle, store } = await start({ script: [{ say: "ok" }] })
  const seen: unknown[] = []
  await runs.submit({ key: "k", digest: "d" }, newRun("r"), (record) => {
    seen.push(record.runId, engine.turns.length)
  })
  expect(seen).toEqual(["r", 0])
  expect(await store.runs.find({ key: "k", digest: "d" })).toMatchObject({
    kind: "known",
    record: { runId: "r" },
  })
  await settle()
})

test("[A1] what cannot be stored is not accepted: no answer, no event, no turn", async () => {
  const { engine, events, messages, runs, settle, store } = await start()
  await breakDisk(store.database)
  let accepted = 0
  const refused = runs.submit({ key: "k", digest: "d" }, newRun("r"), () => {
    accepted += 1
  })
  await expect(refused).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "storage" })
  await settle()
  expect(accepted).toBe(0)
  expect([...events, ...messages]).toEqual([])
  expect(engine).toMatchObject({ turns: [] })
})

test("[A2, E6] one runId, seq from 1 by one, one end, and the answer becomes a message", async () => {
  const { events, messages, runs, submit, ended } = await start({
    script: [{ think: "hm" }, { say: "fine" }],
  })
  await submit("r")
  expect(await runs.outcome("r")).toEqual({
    ok: true,
    payload: { runId: "r", status: "ok", summary: "completed", text: "fine" },
  })
  expect(events.map((event) => [event.runId, event.seq, event.stream])).toEqual([
    ["r", 1, "lifecycle"],
    ["r", 2, "thought"],
    ["r", 3, "assistant"],
    ["r", 4, "lifecycle"],
  ])
  expect(messages.map((message) => message.id)).toEqual(["question-r", "answer-r"])
  expect(ended).toEqual(["r"])
})

test("[A3] a run past its deadline ends once, with AGENT_TIMEOUT, and what it had said is kept", async () => {
  const never = new Promise<never>(() => undefined)
  const { clock, ended, messages, phases, runs, submit } = await start({
    script: [{ say: "so far" }, { wait: never }],
  })
  await submit("r")
  const outcome = runs.outcome("r")
  await clock.advance(TIMEOUT_MS - 1)
  expect(ended).toEqual([])
  await clock.advance(1)
  expect(await outcome).toMatchObject({
    ok: false,
    error: { code: "AGENT_TIMEOUT", retryable: false, details: { runId: "r" } },
    payload: { runId: "r", status: "error", text: "so far" },
  })
  expect(phases("r")).toEqual(["started", "error"])
  expect(messages.at(-1)).toMatchObject({ status: "error", error: { code: "AGENT_TIMEOUT" } })
  await clock.advance(10 * TIMEOUT_MS)
  expect(ended).toEqual(["r"])
  expect(clock.waiting).toBe(0)
})

test("[A3, AG16] a run that was stopped ends once, as aborted", async () => {
  const never = new Promise<never>(() => undefined)
  const { ended, phases, runs, settle, submit } = await start({ script: [{ wait: never }] })
  await submit("r")
  await settle()
  expect(await runs.abort("main")).toMatchObject([{ runId: "r" }])
  expect(await runs.abort("main", "r")).toMatchObject([{ runId: "r" }])
  expect(await runs.outcome("r")).toMatchObject({
    ok: false,
    error: {
      code: "UNAVAILABLE",
      message: "Stopped.",
      retryable: false,
      details: { reason: "aborted", runId: "r" },
    },
    payload: { summary: "aborted", status: "error" },
  })
  await settle()
  expect(phases("r")).toEqual(["started", "aborted"])
  expect(ended).toEqual(["r"])
  expect(await runs.abort("main")).toEqual([])
})

test("[A2, A3] a run that waits can be stopped too, and has its one end", async () => {
  const gate = Promise.withResolvers<void>()
  const { ended, phases, runs, settle, submit } = await start({ script: [{ wait: gate.promise }] })
  await submit("first")
  await submit("second")
  await settle()
  expect(await runs.abort("main", "second")).toMatchObject([{ runId: "second" }])
  expect(await runs.outcome("second")).toMatchObject({ error: { details: { reason: "aborted" } } })
  gate.resolve()
  expect(await runs.outcome("first")).toMatchObject({ ok: true })
  await settle()
  expect(phases("second")).toEqual(["aborted"])
  expect(ended).toEqual(["second", "first"])
})

test.for([
  [
    "a GatewayError",
    new GatewayError("UNAVAILABLE", "No model.", { reason: "agent_not_found", retryable: true }),
    "agent_not_found",
  ],
  ["anything else", new TypeError("undefined is not a function"), "agent_failed"],
] as const)(
  "[A2, A3] an engine that fails with %s fails its run once, and not the next",
  async ([, failure, reason]) => {
    const { engine, phases, runs, submit } = await start()
    engine.play([{ say: "half" }, { fail: failure as GatewayError }])
    await submit("r")
    expect(await runs.outcome("r")).toMatchObject({
      ok: false,
      error: { code: "UNAVAILABLE", retryable: false, details: { reason, runId: "r" } },
      payload: { status: "error", text: "half" },
    })
    expect(phases("r")).toEqual(["started", "error"])
    engine.play([{ say: "fine" }])
    await submit("next")
    expect(await runs.outcome("next")).toMatchObject({ ok: true })
  },
)

test("[A2] an engine that does not settle after its stop is left behind, and what it still says is not heard twice", async () => {
  let emitLate: () => void = () => undefined
  const deaf: Engine = {
    id: "deaf",
    health: () => ({ engine: "deaf", state: "ready" }),
    run: (_turn, { emit }) => {
      emitLate = () => emit({ stream: "assistant", delta: "late" })
      return new Promise(() => undefined)
    },
    stop: async () => undefined,
  }
  const { clock, ended, events, runs, settle, submit } = await start({ engine: deaf })
  await submit("r")
  await settle()
  await runs.abort("main")
  await clock.advance(GRACE_MS * 2)
  expect(await runs.outcome("r")).toMatchObject({ error: { details: { reason: "aborted" } } })
  const before = events.length
  emitLate()
  expect(events).toHaveLength(before)
  expect(ended).toEqual(["r"])
})

test("output beyond 10 MB ends the run", async () => {
  const { events, runs, submit } = await start({
    script: Array.from({ length: 12 }, () => ({ say: "x".repeat(1024 * 1024) })),
  })
  await submit("r")
  expect(await runs.outcome("r")).toMatchObject({
    ok: false,
    error: { details: { reason: "output_too_large" } },
    payload: { truncated: true },
  })
  expect(events.length).toBeLessThan(500)
})

test("[A4, AG11] runs of one session are serial in the order of their acceptance", async () => {
  let working = 0
  const order: string[] = []
  const watching: Engine = {
    id: "watching",
    health: () => ({ engine: "watching", state: "ready" }),
    async run(turn) {
      working += 1
      expect(working).toBe(1)
      order.push(turn.prompt)
      await Promise.resolve()
      working -= 1
    },
    stop: async () => undefined,
  }
  const { runs, submit } = await start({ engine: watching })
  const ids = Array.from({ length: 20 }, (_, index) => `r-${index}`)
  await Promise.all(ids.map((id) => submit(id)))
  await Promise.all(ids.map((id) => runs.outcome(id)))
  expect(order).toEqual(ids)
})

test("[A4] sessions work side by side, up to the limit and no further", async () => {
  const gate = Promise.withResolvers<void>()
  const { engine, runs, settle, submit } = await start({
    script: [{ wait: gate.promise }],
    maxConcurrent: 3,
  })
  const sessions = ["web:a", "web:b", "web:c", "web:d", "web:e"]
  for (const session of sessions) await submit(`run-${session}`, session)
  await settle()
  expect(engine).toMatchObject({ running: 3 })
  expect(runs.counts()).toEqual({ active: 3, queued: 2 })
  gate.resolve()
  await Promise.all(sessions.map((session) => runs.outcome(`run-${session}`)))
  await settle()
  expect(runs.counts()).toEqual({ active: 0, queued: 0 })
  expect(sessions.some((session) => runs.isBusy(session))).toBe(false)
})

test("[A4] what waits begins as soon as more may work side by side", async () => {
  const gate = Promise.withResolvers<void>()
  const options = { script: [{ wait: gate.promise }], maxConcurrent: 1 }
  const { runs, settle, submit } = await start(options)
  for (const session of ["web:a", "web:b", "web:c", "web:d"]) await submit(session, session)
  await settle()
  expect(runs.counts()).toEqual({ active: 1, queued: 3 })
  options.maxConcurrent = 3
  runs.maxConcurrentChanged()
  expect(runs.counts()).toEqual({ active: 3, queued: 1 })
  options.maxConcurrent = 1
  runs.maxConcurrentChanged()
  expect(runs.counts()).toEqual({ active: 3, queued: 1 })
  gate.resolve()
})

test("[A4] a session in which much waits does not keep the others from their turn", async () => {
  const { runs, submit, settle, store } = await start({ maxConcurrent: 1 })
  const order: string[] = []
  for (const runId of ["a1", "a2", "a3"]) await submit(runId, "a")
  await submit("b1", "b")
  for (const runId of ["a1", "a2", "a3", "b1"]) {
    void runs.outcome(runId).then(() => order.push(runId))
  }
  await settle()
  expect(order).toEqual(["a1", "b1", "a2", "a3"])
  expect(await store.runs.unfinished()).toEqual([])
})

test("[A4] fifty wait in a session, however close together they come; a known key is no newcomer", async () => {
  const gate = Promise.withResolvers<void>()
  const { runs, settle, submit } = await start({ script: [{ wait: gate.promise }] })
  await submit("active")
  await settle()
  const tries = Array.from({ length: 80 }, (_, index) => submit(`r-${index}`))
  const results = await Promise.allSettled(tries)
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(50)
  for (const result of results) {
    if (result.status === "fulfilled") continue
    expect(result.reason).toMatchObject({
      code: "UNAVAILABLE",
      reason: "over_capacity",
      retryable: true,
    })
  }
  expect(runs.counts()).toEqual({ active: 1, queued: 50 })
  expect(await submit("again", "main", "r-0")).toMatchObject({ kind: "known" })
  gate.resolve()
})

test("[A4] two hundred wait in all", async () => {
  const gate = Promise.withResolvers<void>()
  const { runs, settle, submit } = await start({
    script: [{ wait: gate.promise }],
    maxConcurrent: 1,
  })
  await submit("active", "web:active")
  await settle()
  const tries = Array.from({ length: 250 }, (_, index) => submit(`r-${index}`, `web:${index % 10}`))
  const results = await Promise.allSettled(tries)
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(200)
  expect(runs.counts()).toEqual({ active: 1, queued: 200 })
  gate.resolve()
})

test("[I2, A5] a key that comes again names the same run, while it works and afterwards", async () => {
  const gate = Promise.withResolvers<void>()
  const { engine, runs, settle, submit } = await start({
    script: [{ wait: gate.promise }, { say: "done" }],
  })
  await submit("r", "main", "k")
  await settle()
  expect(await submit("other", "main", "k")).toMatchObject({
    kind: "known",
    record: { runId: "r" },
  })
  const both = [runs.outcome("r"), runs.outcome("r")]
  gate.resolve()
  const [first, second] = await Promise.all(both)
  expect(first).toEqual(second)
  expect(await runs.outcome("r")).toEqual(first)
  expect(engine).toMatchObject({ turns: [{ runId: "r" }] })
})

test("[M7] a running turn shows what it has said and the number of the last event in it", async () => {
  const gate = Promise.withResolvers<void>()
  const { events, runs, settle, submit } = await start({
    script: [{ say: "so " }, { say: "far" }, { wait: gate.promise }],
  })
  await submit("r")
  await settle()
  expect(runs.running("main")).toMatchObject([
    { runId: "r", messageId: "answer-r", seq: 3, parts: [{ type: "text", text: "so far" }] },
  ])
  expect(events.at(-1)?.seq).toBe(3)
  gate.resolve()
  await runs.outcome("r")
  await settle()
  expect(runs.running("main")).toEqual([])
})

test("the turn gets the notes and the conversation before it", async () => {
  const { engine, notes, runs, submit } = await start()
  await submit("first")
  await runs.outcome("first")
  notes.set("main", ["the door is open"])
  await submit("second")
  await runs.outcome("second")
  const [, turn] = engine.turns
  expect(turn?.notes).toEqual(["the door is open"])
  const history = await turn?.history(10)
  expect(history?.map((message) => message.id)).toEqual(["question-first", "answer-first"])
})

test("[A2, D1] a stop gives every run its end: what works, and what only waits", async () => {
  const never = new Promise<never>(() => undefined)
  const { ended, phases, runs, settle, submit } = await start({
    script: [{ wait: never }],
    maxConcurrent: 1,
  })
  for (const [id, session] of [
    ["a", "main"],
    ["b", "main"],
    ["c", "web:c"],
  ] as const) {
    await submit(id, session)
  }
  await settle()
  await runs.stop()
  for (const id of ["a", "b", "c"]) {
    expect(await runs.outcome(id)).toMatchObject({
      ok: false,
      error: { retryable: false, details: { reason: "interrupted", runId: id } },
    })
  }
  expect(phases("a")).toEqual(["started", "interrupted"])
  expect(phases("c")).toEqual(["interrupted"])
  expect(ended.sort()).toEqual(["a", "b", "c"])
})

test("[D1] after a drain nothing starts any more, and what works may finish", async () => {
  const gate = Promise.withResolvers<void>()
  const { engine, runs, settle, submit } = await start({ script: [{ wait: gate.promise }] })
  await submit("a")
  await submit("b")
  await settle()
  const drained = runs.drain()
  // What waits is told so at once: it would not begin any more.
  expect(await runs.outcome("b")).toMatchObject({ error: { details: { reason: "interrupted" } } })
  gate.resolve()
  await drained
  expect(await runs.outcome("a")).toMatchObject({ ok: true })
  expect(engine).toMatchObject({ turns: [{ runId: "a" }] })
})

test("[D1, R8] after a drain no request is taken: nothing of it is on disk, and it may come again", async () => {
  const { messages, runs, store, submit } = await start()
  await runs.drain()
  const closed = { code: "UNAVAILABLE", reason: "shutting_down", retryable: true }
  await expect(submit("late")).rejects.toMatchObject(closed)
  expect(() => runs.requireRoom("main")).toThrow("shutting down")
  expect(await store.runs.find({ key: "late", digest: "d" })).toBeUndefined()
  expect(messages).toEqual([])
})

test("[D1, A2, A6] a request that was being written when the drain began has its last answer at once", async () => {
  const { engine, ended, phases, runs, settle, store, submit } = await start()
  const accepted = submit("late")
  const drained = runs.drain()
  expect(await accepted).toMatchObject({ kind: "new" })
  await drained
  await settle()
  expect(await runs.outcome("late")).toMatchObject({
    ok: false,
    error: { retryable: false, details: { reason: "interrupted", runId: "late" } },
  })
  expect(engine.turns).toEqual([])
  expect(phases("late")).toEqual(["interrupted"])
  expect(ended).toEqual(["late"])
  expect(await store.runs.unfinished()).toEqual([])
})

/** What a process leaves that was killed: accepted, and in this state of its work. */
async function leftBehind(run: NewRun, state: "queued" | "running" | "tool", times = 1) {
  const store = await openTemporaryStore()
  if (run.run.origin === "request") {
    await store.runs.acceptRequest({ key: "k", digest: "d" }, run)
  } else {
    const { sessionKey } = run.run
    await store.sessions.open(sessionKey, { channel: "memory", at: 0 })
    await store.runs.acceptInbound([], run, { channel: "memory", chat: "1" })
  }
  for (let at = 0; state !== "queued" && at < times; at += 1) await store.runs.started("r", 0)
  if (state === "tool") await store.runs.toolStarted("r")
  await store.close()
  return openTemporaryStore(store.stateDir)
}

test.for(["queued", "running", "tool"] as const)(
  "[A6] a request that a kill cut while %s is interrupted, and not run again",
  async (state) => {
    const store = await leftBehind(newRun("r"), state)
    const { engine, phases, runs, settle } = await start({ store })
    await runs.recover()
    await settle()
    expect(engine).toMatchObject({ turns: [] })
    expect(await runs.outcome("r")).toMatchObject({
      ok: false,
      error: {
        code: "UNAVAILABLE",
        retryable: false,
        details: { reason: "interrupted", runId: "r" },
      },
      payload: { runId: "r", status: "error", summary: "interrupted" },
    })
    expect(phases("r")).toEqual(["interrupted"])
    expect(await store.runs.unfinished()).toEqual([])
  },
)

const INBOUND = newRun("r", "memory:1", { origin: "inbound" })

test.for([
  ["queued", 0],
  ["running", 1],
] as const)("[A6] an inbound run that a kill cut while %s runs again", async ([state, times]) => {
  const store = await leftBehind(INBOUND, state, times)
  const { engine, runs, settle } = await start({ store, reply: (_run, end) => end.state })
  await runs.recover()
  await settle()
  expect(engine).toMatchObject({ turns: [{ runId: "r" }] })
  expect(await store.outbox.pending()).toMatchObject([{ items: [{ text: "ok" }] }])
})

test.for([
  ["after a tool had begun", "tool", 1],
  ["a second time", "running", 2],
] as const)(
  "[A6] an inbound run that a kill cut %s ends with one reply",
  async ([, state, times]) => {
    const store = await leftBehind(INBOUND, state, times)
    const { engine, runs, settle } = await start({ store, reply: (_run, end) => end.state })
    await runs.recover()
    await settle()
    expect(engine).toMatchObject({ turns: [] })
    expect(await store.outbox.pending()).toMatchObject([{ items: [{ text: "interrupted" }] }])
    expect(await store.runs.unfinished()).toEqual([])
  },
)

test("[A6, D1] an inbound run that a stop cuts is left for the next start", async () => {
  const never = new Promise<never>(() => undefined)
  const first = await start({ script: [{ wait: never }], reply: (_run, end) => end.state })
  await first.store.sessions.open("memory:1", { channel: "memory", at: 0 })
  await first.runs.submitInbound([], INBOUND, { channel: "memory", chat: "1" })
  await first.settle()
  await first.runs.stop()
  expect(first.ended).toEqual([])
  await first.store.close()

  const store = await openTemporaryStore(first.store.stateDir)
  const second = await start({ store, reply: (_run, end) => end.state })
  await second.runs.recover()
  await second.settle()
  expect(await store.outbox.pending()).toMatchObject([{ items: [{ text: "ok" }] }])
})

test("[A2, CR2] an end that the disk refuses is told, and stored with its reply when the disk works again", async () => {
  const gate = Promise.withResolvers<void>()
  const { clock, ended, phases, runs, settle, store, submit } = await start({
    script: [{ wait: gate.promise }, { say: "done" }],
    reply: (_run, end) => end.text,
  })
  await submit("r")
  await settle()
  await breakDisk(store.database)
  const waiting = runs.outcome("r")
  gate.resolve()
  expect(await waiting).toMatchObject({ ok: true, payload: { text: "done" } })
  expect(await runs.outcome("r")).toMatchObject({ ok: true })
  await clock.advance(10_000)
  expect(ended).toEqual([])
  expect(runs.isBusy("main")).toBe(true)

  await mendDisk(store.database)
  await clock.advance(1_000)
  expect(ended).toEqual(["r"])
  expect(phases("r")).toEqual(["started", "ended"])
  expect(await store.outbox.pending()).toMatchObject([{ items: [{ text: "done" }] }])
  expect(await runs.outcome("r")).toMatchObject({ ok: true })
  expect(runs.isBusy("main")).toBe(false)
})

test("a stop does not wait for a disk that does not come back", async () => {
  const gate = Promise.withResolvers<void>()
  const { runs, settle, store, submit } = await start({ script: [{ wait: gate.promise }] })
  await submit("r")
  await settle()
  await breakDisk(store.database)
  gate.resolve()
  await settle()
  await runs.stop()
  expect(await store.runs.unfinished()).toMatchObject([{ runId: "r" }])
})

const command = (words: Partial<NewRun["run"]> = {}) =>
  newRun("c", "main", {
    request: { prompt: "", command: "/x", attachments: [], thinking: "off", timeoutMs: TIMEOUT_MS },
    ...words,
  })

test("[M14] a command is answered beside a run that works, with everything that a run has", async () => {
  const gate = Promise.withResolvers<void>()
  const { ended, engine, events, messages, phases, runs, settle, submit } = await start({
    script: [{ wait: gate.promise }],
    answerCommand: async ({ request }) => `did ${request.command}`,
    reply: (_run, { text }) => text,
  })
  await submit("r")
  const keyed = { key: "k", digest: "d" }
  expect(await runs.submit(keyed, command(), () => undefined)).toMatchObject({ kind: "new" })
  expect(await runs.outcome("c")).toMatchObject({ ok: true, payload: { text: "did /x" } })
  await settle()
  expect(await runs.submit(keyed, command(), () => undefined)).toMatchObject({ kind: "known" })
  expect(engine.turns).toHaveLength(1)
  expect(phases("c")).toEqual(["started", "ended"])
  expect(events.filter(({ runId }) => runId === "c").map(({ seq }) => seq)).toEqual([1, 2, 3])
  expect(messages.at(-1)).toMatchObject({ id: "answer-c", parts: [{ text: "did /x" }] })
  expect(ended).toEqual(["c"])
  gate.resolve()
})

test("[M14] a command takes no place in the queue and is not refused when that is full", async () => {
  const { runs, settle, submit } = await start({ script: [{ pauseMs: 1_000 }] })
  await submit("active")
  await settle()
  for (let at = 0; at < 50; at += 1) await submit(`r-${at}`)
  await runs.submit({ key: "k", digest: "d" }, command(), () => undefined)
  expect(await runs.outcome("c")).toMatchObject({ ok: true })
})

test.for([
  ["inbound", "did it again", true],
  ["request", undefined, false],
] as const)("[A6] a command of origin %s that a kill cut", async ([origin, text, ok]) => {
  const store = await openTemporaryStore()
  if (origin === "request") await store.runs.acceptRequest({ key: "k", digest: "d" }, command())
  else await store.runs.acceptInbound([], command({ origin }), { channel: "memory", chat: "1" })
  const { engine, runs } = await start({ store, answerCommand: async () => "did it again" })
  await runs.recover()
  expect(await runs.outcome("c")).toMatchObject({ ok, ...(text && { payload: { text } }) })
  expect(engine.turns).toEqual([])
})

test.for([
  [new GatewayError("UNAVAILABLE", "No."), "No."],
  [new Error("a bug"), "The command failed unexpectedly."],
] as const)("[A2, M14] a command that fails has its one end: %s", async ([error, message]) => {
  const { runs, phases, settle } = await start({ answerCommand: () => Promise.reject(error) })
  await runs.submit({ key: "k", digest: "d" }, command(), () => undefined)
  expect(await runs.outcome("c")).toMatchObject({ ok: false, error: { message } })
  await settle()
  expect(phases("c")).toEqual(["started", "error"])
})
