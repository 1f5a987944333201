// What a gateway that is killed again and again has around it: services that know what they have been
// given, people who write until they are told that it was received, and a client that repeats every
// request under its key until it knows its end.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type AgentFinal, GatewayError } from "#protocol"
import { connectClient, type TestClient } from "../../server/testing/test-client.ts"
import type { CrashMoment, FromGateway, ServiceId, ToGateway } from "./crash-entry.ts"
import { findProgram } from "./program.ts"

export type Crash =
  | {
      readonly kind: "point"
      readonly name: string
      readonly nth: number
      readonly afterMs: number
    }
  /** After so long, counted from when it is ready; or from its very start. */
  | { readonly kind: "time"; readonly afterMs: number; readonly fromStart: boolean }

export interface SendRequest {
  readonly key: string
  readonly channel: ServiceId
  readonly text: string
  /** What the first answer said, and what every later one must say. */
  end?: SendEnd
}

export type SendEnd =
  | { readonly state: "sent"; readonly messageId: string }
  | { readonly state: "unknown" }

export interface RunRequest {
  readonly key: string
  readonly channel: ServiceId
  readonly text: string
  runId?: string
  end?: "ok" | "interrupted"
}

interface Said {
  readonly channel: ServiceId
  readonly messageId: string
  readonly order: number
  readonly text: string
  received: boolean
}

export interface CrashWorld {
  readonly sends: readonly SendRequest[]
  readonly runs: readonly RunRequest[]
  readonly said: readonly Said[]
  /** What each service shows: a repetition that it knows by its token is not shown again. */
  readonly shown: Readonly<
    Record<ServiceId, readonly { readonly chat: string; readonly text: string }[]>
  >
  /** How often each run was begun. */
  readonly turns: ReadonlyMap<string, number>
  /** The moments at which the gateway can be ended, as it named them at its last stop. */
  readonly points: readonly CrashMoment[]
  readonly slowestStartMs: number
  /** Lives until the crash, with new work; whether the moment came before the time was over. */
  live(crash: Crash): Promise<boolean>
  /** Lives until everything is known and nothing waits, and then as long as `look` takes; then stops. */
  settle(look: (client: TestClient) => Promise<void>): Promise<void>
}

const SERVICES: readonly ServiceId[] = ["sure", "plain"]

export async function createCrashWorld(
  onFinished: (end: () => Promise<void>) => void,
): Promise<CrashWorld> {
  const stateDir = await mkdtemp(join(tmpdir(), "clawdis-crash-"))
  let child: ChildProcess | undefined
  onFinished(async () => {
    child?.kill("SIGKILL")
    await rm(stateDir, { recursive: true, force: true })
  })
  const sends: SendRequest[] = []
  const runs: RunRequest[] = []
  const said: Said[] = []
  const shown: Record<ServiceId, { chat: string; text: string }[]> = { sure: [], plain: [] }
  const tokens = new Set<string>()
  const turns = new Map<string, number>()
  let points: readonly CrashMoment[] = []
  let slowestStartMs = 0

  function start(crash?: Crash) {
    const at = crash?.kind === "point" ? [crash.name, String(crash.nth)] : []
    const started = spawn(process.execPath, [findProgram("crash-entry"), stateDir, ...at], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    })
    child = started
    const ready = Promise.withResolvers<number | undefined>()
    const exited = once(started, "exit")
    void exited.then(() => ready.resolve(undefined))
    // What was said to a process that has ended is said again to the next.
    started.on("error", () => undefined)
    const tell = (message: ToGateway) => void started.send(message, () => undefined)
    started.on("message", (message: FromGateway) => hear(message, tell, ready.resolve))
    return { exited, process: started, ready: ready.promise, tell }
  }

  function hear(
    message: FromGateway,
    tell: (message: ToGateway) => void,
    ready: (port: number) => void,
  ): void {
    switch (message.kind) {
      case "ready":
        slowestStartMs = Math.max(slowestStartMs, message.startMs)
        ready(message.port)
        return
      case "points":
        points = message.passed
        return
      case "journaled":
        for (const one of said) if (one.messageId === message.messageId) one.received = true
        return
      case "turn":
        turns.set(message.runId, (turns.get(message.runId) ?? 0) + 1)
        return
      case "deliver":
        show(message.channel, message.message)
        tell({ kind: "taken", call: message.call })
    }
  }

  function show(
    channel: ServiceId,
    { chat, text, token }: { chat: string; text: string; token: string },
  ): void {
    const isRepetition = tokens.has(`${channel} ${token}`)
    tokens.add(`${channel} ${token}`)
    if (!isRepetition || channel === "plain") shown[channel].push({ chat, text })
  }

  /** New work, and all that is not known yet from earlier lives. */
  function work(tell: (message: ToGateway) => void): void {
    for (const channel of SERVICES) {
      const order = said.length
      said.push({
        channel,
        messageId: `in-${order}`,
        order,
        text: `word${order}.`,
        received: false,
      })
      sends.push({ key: `s${sends.length}`, channel, text: `news ${sends.length}.` })
      runs.push({ key: `r${runs.length}`, channel, text: `ask ${runs.length}.` })
    }
    for (const one of said) if (!one.received) tell({ kind: "say", ...one })
  }

  async function ask(client: TestClient): Promise<void> {
    const open = [
      ...sends.filter(({ end }) => end === undefined).map((request) => askSend(client, request)),
      ...runs.filter(({ end }) => end === undefined).map((request) => askRun(client, request)),
    ]
    await Promise.all(open)
  }

  async function live(crash: Crash): Promise<boolean> {
    const { exited, process: started, ready, tell } = start(crash)
    const kill = () => started.kill("SIGKILL")
    const timer = setTimeout(
      kill,
      crash.kind === "time" && crash.fromStart ? crash.afterMs : 60_000,
    )
    const port = await ready
    const later = port === undefined ? undefined : setTimeout(kill, crash.afterMs)
    if (port !== undefined) {
      work(tell)
      // Whatever the end of the gateway breaks off is asked again later.
      connectClient(`ws://127.0.0.1:${port}/`)
        .then(ask)
        .catch(() => undefined)
    }
    await exited
    clearTimeout(timer)
    clearTimeout(later)
    return !started.killed
  }

  async function settle(look: (client: TestClient) => Promise<void>): Promise<void> {
    const { exited, process: started, ready, tell } = start()
    const port = await ready
    if (port === undefined) throw new Error("The gateway did not start.")
    work(tell)
    const client = await connectClient(`ws://127.0.0.1:${port}/`)
    await ask(client)
    await untilQuiet(client)
    await look(client)
    await client.close()
    started.kill("SIGTERM")
    const [code] = await exited
    if (code !== 0) throw new Error(`The gateway ended with ${code}.`)
  }

  async function untilQuiet(client: TestClient): Promise<void> {
    for (let calm = 0; calm < 3; ) {
      const { inbox, outbox, runs: counts } = await client.request("status", {})
      const waiting = inbox.pending + outbox.pending + counts.active + counts.queued
      calm = waiting === 0 && said.every(({ received }) => received) ? calm + 1 : 0
    }
  }

  return {
    sends,
    runs,
    said,
    shown,
    turns,
    get points() {
      return points
    },
    get slowestStartMs() {
      return slowestStartMs
    },
    live,
    settle,
  }
}

/** Asks until it is known; rejects when the connection ends, or for an answer that may not be. */
async function askSend(client: TestClient, request: SendRequest): Promise<void> {
  const { channel, key, text } = request
  const to = `${channel}:bea`
  for (;;) {
    try {
      const { messageId } = await client.request("send", { to, message: text, idempotencyKey: key })
      request.end = { state: "sent", messageId }
      return
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (error.reason === "outcome_unknown") {
        request.end = { state: "unknown" }
        return
      }
      if (error.retryable !== true) throw error
    }
  }
}

async function askRun(client: TestClient, request: RunRequest): Promise<void> {
  const { channel, key, text } = request
  const params = { message: text, to: `${channel}:cleo`, deliver: true, idempotencyKey: key }
  const noteRun = (runId: string) => {
    if (request.runId !== undefined && request.runId !== runId) {
      throw new Error(`${key} was ${request.runId} and is ${runId}`)
    }
    request.runId = runId
  }
  try {
    const final: AgentFinal = await client.request("agent", params, ({ runId }) => noteRun(runId))
    noteRun(final.runId)
    request.end = "ok"
  } catch (error) {
    if (!(error instanceof GatewayError) || error.reason !== "interrupted") throw error
    request.end = "interrupted"
  }
}
