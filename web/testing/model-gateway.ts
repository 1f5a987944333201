// A gateway in memory that keeps the rules a page relies on: requests are checked by the real schemas,
// keys are honoured (I2), runs of a session work one after the other (A4) and outlive connections (A5),
// events count per connection (E1) and per run (E6), history comes in pages with what is running (M7).

import {
  type AgentAck,
  type AgentEvent,
  type AgentFinal,
  type ChatHistory,
  type ChatMessage,
  type ErrorShape,
  type EventFrame,
  encodeFrame,
  Hello,
  isMethodName,
  METHODS,
  type MethodParams,
  RequestFrame,
  type RunningTurn,
  type ServerFrame,
} from "#protocol"
import type { Clock } from "../gateway.ts"
import { helloOk } from "./samples.ts"

export interface ModelGateway {
  /** A client's end of a new socket. */
  accept(send: (text: string) => void, close: () => void): ModelSocket
  /** What was accepted, in order; a key stands here once. */
  readonly ran: readonly Ran[]
  /** Requests for `agent` that came, also those whose key was known. */
  readonly requests: number
  messages(sessionKey: string): readonly ChatMessage[]
  /** The text that the run at work has said so far, if one is at work. */
  saidSoFar(sessionKey: string): string | undefined
  /** Somebody writes by another way. */
  say(sessionKey: string, text: string): void
  /** Begins the conversation anew, unless it is busy. */
  reset(sessionKey: string): void
}

export interface ModelSocket {
  received(text: string): void
  closed(): void
}

export interface Ran {
  readonly key: string
  readonly sessionKey: string
  readonly text: string
  readonly runId: string
}

export interface ModelOptions {
  readonly clock: Clock
  /** What the agent says, piece by piece. */
  readonly answer: (text: string) => readonly string[]
  readonly pieceEveryMs: number
  readonly historyLimit?: number
}

interface Session {
  readonly key: string
  sessionId: string
  log: ChatMessage[]
  /** The first one is at work. */
  queue: Run[]
}

interface Run extends Ran {
  readonly messageId: string
  readonly session: Session
  readonly startedAt: number
  seq: number
  said: string
  final: AgentFinal | undefined
  /** Who waits for the last answer. */
  readonly waiting: ((final: AgentFinal) => void)[]
}

type Params<M extends "agent" | "chat.history"> = MethodParams<M>

export function createModelGateway(options: ModelOptions): ModelGateway {
  const { clock } = options
  const historyLimit = options.historyLimit ?? 50
  const sessions = new Map<string, Session>()
  const runs = new Map<string, Run>()
  const listeners = new Set<(event: "agent" | "chat", payload: unknown) => void>()
  const ran: Ran[] = []
  const told = new Set<Run>()
  let requests = 0
  let ids = 0

  function createId(kind: string): string {
    ids += 1
    return `${kind}${ids}`
  }

  function sessionOf(key: string): Session {
    const session = sessions.get(key) ?? { key, sessionId: createId("s"), log: [], queue: [] }
    sessions.set(key, session)
    return session
  }

  function broadcast(event: "agent" | "chat", payload: unknown): void {
    for (const tell of listeners) tell(event, payload)
  }

  function append(session: Session, words: Omit<ChatMessage, "id" | "ts" | "status">): void {
    const message = { id: createId("m"), ts: clock.now(), status: "ok" as const, ...words }
    session.log.push(message)
    broadcast("chat", { sessionKey: session.key, message })
  }

  function runEvent(run: Run, words: Pick<AgentEvent, "stream" | "data">): void {
    run.seq += 1
    const { runId, seq, session } = run
    broadcast("agent", { runId, sessionKey: session.key, seq, ts: clock.now(), ...words })
  }

  function accept({ idempotencyKey: key, message: text, sessionKey = "main" }: Params<"agent">) {
    const known = runs.get(key)
    if (known !== undefined) return known
    const session = sessionOf(sessionKey)
    const run: Run = {
      key,
      sessionKey,
      text,
      runId: createId("r"),
      messageId: createId("m"),
      session,
      startedAt: clock.now(),
      seq: 0,
      said: "",
      final: undefined,
      waiting: [],
    }
    runs.set(key, run)
    ran.push(run)
    session.queue.push(run)
    if (session.queue.length === 1) clock.after(0, () => begin(run))
    return run
  }

  function begin(run: Run): void {
    runEvent(run, { stream: "lifecycle", data: { phase: "started" } })
    sayPiece(run, [...options.answer(run.text)])
  }

  function sayPiece(run: Run, pieces: readonly string[]): void {
    clock.after(options.pieceEveryMs, () => {
      const [delta, ...rest] = pieces
      if (delta === undefined) {
        end(run)
        return
      }
      const data = { messageId: run.messageId, offset: run.said.length, delta }
      run.said += delta
      runEvent(run, { stream: "assistant", data })
      sayPiece(run, rest)
    })
  }

  function end(run: Run): void {
    const { runId, said: text, session } = run
    append(session, { role: "assistant", runId, parts: [{ type: "text", text }] })
    session.queue.shift()
    runEvent(run, { stream: "lifecycle", data: { phase: "ended" } })
    const final: AgentFinal = { runId, status: "ok", summary: "", text }
    run.final = final
    for (const tell of run.waiting) tell(final)
    const [next] = session.queue
    if (next !== undefined) begin(next)
  }

  function history({ before, sessionKey }: Params<"chat.history">): ChatHistory {
    const { log, queue, sessionId } = sessionOf(sessionKey)
    const to = before === undefined ? log.length : Number(before)
    const from = Math.max(0, to - historyLimit)
    const [run] = queue
    const isRunning = before === undefined && run !== undefined && run.seq > 0
    return {
      sessionKey,
      sessionId,
      messages: log.slice(from, to),
      ...(from > 0 && { cursor: String(from) }),
      ...(isRunning && { running: [toTurn(run)] }),
    }
  }

  return {
    ran,
    get requests() {
      return requests
    },
    messages: (sessionKey) => sessionOf(sessionKey).log,
    saidSoFar: (sessionKey) => sessionOf(sessionKey).queue[0]?.said,
    say(sessionKey, text) {
      const sender = { id: "42", name: "Ada" }
      append(sessionOf(sessionKey), { role: "user", sender, parts: [{ type: "text", text }] })
    },
    reset(sessionKey) {
      const session = sessionOf(sessionKey)
      if (session.queue.length > 0) return
      session.sessionId = createId("s")
      session.log = []
    },
    accept(send, close) {
      let seq = 0
      const say = (frame: ServerFrame) => send(encodeFrame(frame))
      const tell = (event: "agent" | "chat", payload: unknown) => {
        seq += 1
        say({ type: "event", event, payload, seq } as EventFrame)
      }
      return {
        closed: () => void listeners.delete(tell),
        received(text) {
          const frame: unknown = JSON.parse(text)
          if (parse(Hello, frame) !== undefined) {
            say(helloOk)
            listeners.add(tell)
            return
          }
          const request = parse(RequestFrame, frame)
          if (request === undefined || !isMethodName(request.method)) {
            close()
            return
          }
          const { id, method } = request
          const params = parse(METHODS[method].params, request.params ?? {})
          const answer = (payload: unknown) => say({ type: "res", id, ok: true, payload })
          const error: ErrorShape = { code: "INVALID_REQUEST", message: "Not of this model." }
          if (params === undefined) say({ type: "res", id, ok: false, error })
          else if (method === "chat.history") answer(history(params as Params<"chat.history">))
          else if (method === "health") answer(helloOk.snapshot.health)
          else if (method === "system-presence") answer([])
          else if (method === "agent") {
            requests += 1
            const run = accept(params as Params<"agent">)
            const { runId, session } = run
            const { key: sessionKey, sessionId } = session
            answer({ runId, status: "accepted", sessionKey, sessionId } satisfies AgentAck)
            // Rule E10: the acceptance is told once, and so after the first answer.
            if (run.final === undefined) run.waiting.push(answer)
            else answer(run.final)
            if (!told.has(run)) tellQuestion(run)
          } else say({ type: "res", id, ok: false, error })
        },
      }
    },
  }

  function tellQuestion(run: Run): void {
    const { key: idempotencyKey, runId, session, text } = run
    told.add(run)
    append(session, { role: "user", runId, idempotencyKey, parts: [{ type: "text", text }] })
  }
}

function toTurn({ messageId, runId, said, seq, startedAt }: Run): RunningTurn {
  const parts = said === "" ? [] : [{ type: "text" as const, text: said }]
  return { runId, messageId, startedAt, seq, parts }
}

interface Schema<Output> {
  readonly "~standard": {
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: Output; readonly issues?: undefined }
      | { readonly issues: unknown }
      | Promise<unknown>
  }
}

function parse<Output>(schema: Schema<Output>, value: unknown): Output | undefined {
  const result = schema["~standard"].validate(value) as { value?: Output; issues?: unknown }
  return result.issues === undefined ? result.value : undefined
}
