// Request in, response out: the only place where a failure becomes `res.error`.

import * as v from "valibot"
import {
  describeIssues,
  encodeFrame,
  GatewayError,
  invalidRequest,
  isMethodName,
  isObject,
  LIMITS,
  METHODS,
  type MethodAck,
  type MethodName,
  type MethodParams,
  type MethodResult,
  quote,
  RequestFrame,
  type ResponseFrame,
  shuttingDown,
  toErrorShape,
} from "#protocol"
import type { Logger } from "../host/logger.ts"
import { type Connection, describeFlaw } from "./connection.ts"

/** Who asked, for what a handler tells them later and alone. */
export type Requester = Pick<Connection, "client" | "connId" | "event" | "gone">

export interface RequestContext<M extends MethodName> {
  readonly requester: Requester
  /** Resolves when the request has been answered: what is told after that comes after the answer. */
  readonly answered: Promise<void>
  /** The first answer of a two-stage method; once, before the result. */
  ack(ack: MethodAck<M>): void
  /** The client wants the events of this run, whatever its capabilities, until the request is answered. */
  follow(runId: string): void
}

/** Does what a method promises. Rejects with a GatewayError for what can go wrong. */
export type Handler<M extends MethodName> = (
  params: MethodParams<M>,
  context: RequestContext<M>,
) => Promise<MethodResult<M>>

/** A row for every method, or it does not compile. */
export type Handlers = { readonly [M in MethodName]: Handler<M> }

export interface DispatchParts {
  readonly handlers: Handlers
  readonly log: Logger
  readonly isShuttingDown: () => boolean
  /** What an earlier process left has been taken up: a request before that would be mistaken for it. */
  readonly ready: Promise<void>
}

export interface Dispatch {
  frame(connection: Connection, value: unknown): void
  /** Answers a frame that nobody could decode. */
  refused(connection: Connection, id: string, problem: string): void
  /** Resolves when every request that is being worked on has been answered. */
  settled(): Promise<void>
}

/**
 * What the params of open requests may come to, in UTF-16 units: they are kept until the last answer, which
 * for a run may be hours away. A connection has a share of its own that nobody can take, which is enough
 * for all that people write; beyond that all share one budget, of which none may have more than half.
 */
const MAX_OPEN_LENGTH = { own: 64 * 1024, ofConnection: 32 * 1024 * 1024, shared: 64 * 1024 * 1024 }

/** The id in a response to a frame that has none of its own. */
const NO_ID = "invalid"

export function createDispatch(parts: DispatchParts): Dispatch {
  const { handlers, log } = parts
  const atWork = new Set<Promise<void>>()
  const openLengths = new WeakMap<Connection, number>()
  let sharedLength = 0

  /** Takes up so much of what may be open, or gives it back if it is negative; false if there is no room. */
  function occupy(connection: Connection, length: number): boolean {
    const before = openLengths.get(connection) ?? 0
    const after = before + length
    const more = beyondOwn(after) - beyondOwn(before)
    if (more > 0 && after > MAX_OPEN_LENGTH.ofConnection) return false
    if (more > 0 && sharedLength + more > MAX_OPEN_LENGTH.shared) return false
    openLengths.set(connection, after)
    sharedLength += more
    return true
  }

  function frame(connection: Connection, value: unknown): void {
    const flaw = describeFlaw(value)
    const parsed = flaw === undefined ? v.safeParse(RequestFrame, value) : undefined
    if (parsed?.success !== true) {
      const problem = flaw ?? (parsed ? describeIssues(parsed.issues) : "unreadable")
      refused(connection, idOf(value), problem)
      return
    }
    const work = answer(connection, parsed.output)
    atWork.add(work)
    void work.finally(() => atWork.delete(work))
  }

  function refused(connection: Connection, id: string, problem: string): void {
    send(connection, failure(id, invalidRequest(`invalid request frame: ${problem}`)))
    connection.noteInvalidFrame()
  }

  /** Never rejects. */
  async function answer(connection: Connection, request: RequestFrame): Promise<void> {
    const { id, method } = request
    if (connection.openRequests.has(id)) {
      send(connection, failure(id, invalidRequest(`duplicate request id: ${quote(id)}`)))
      return
    }
    if (connection.openRequests.size >= LIMITS.maxOpenRequests) {
      send(connection, failure(id, tooManyRequests()))
      return
    }
    const length = measure(request.params)
    if (!occupy(connection, length)) {
      send(connection, failure(id, tooMuchAtOnce()))
      return
    }
    connection.openRequests.add(id)
    let response: ResponseFrame
    const followed: string[] = []
    const answered = Promise.withResolvers<void>()
    try {
      await parts.ready
      if (parts.isShuttingDown()) throw shuttingDown()
      if (!isMethodName(method)) throw invalidRequest(`unknown method: ${quote(method)}`)
      response = success(
        id,
        await call(request, method, {
          requester: connection,
          answered: answered.promise,
          ack: (ack) => send(connection, success(id, ack)),
          follow(runId) {
            connection.followedRuns.add(runId)
            followed.push(runId)
          },
        }),
      )
    } catch (error) {
      response = failure(id, toGatewayError(error, method))
    }
    for (const runId of followed) connection.followedRuns.delete(runId)
    connection.openRequests.delete(id)
    occupy(connection, -length)
    send(connection, response)
    answered.resolve()
  }

  async function call<M extends MethodName>(
    { params }: RequestFrame,
    method: M,
    context: RequestContext<M>,
  ): Promise<MethodResult<M>> {
    // Arrays are refused first: a schema whose keys are all optional would accept one.
    if (params !== undefined && !isObject(params)) throw invalidRequest("params: must be an object")
    const parsed = v.safeParse(METHODS[method].params, params ?? {})
    if (!parsed.success) throw invalidRequest(describeIssues(parsed.issues))
    const handler: Handler<M> = handlers[method]
    // The row's own schema made the output.
    return handler(parsed.output as MethodParams<M>, context)
  }

  function toGatewayError(error: unknown, method: string): GatewayError {
    if (error instanceof GatewayError) return error
    log.error("a request failed unexpectedly", { method, error })
    return new GatewayError("UNAVAILABLE", "Internal error.", {
      cause: error,
      reason: "internal",
      retryable: false,
    })
  }

  function send(connection: Connection, response: ResponseFrame): void {
    const text = encodeFrame(response)
    const bytes = Buffer.byteLength(text)
    if (bytes <= LIMITS.maxSentFrameBytes) {
      connection.respond(text)
      return
    }
    log.error("a response was too large to send", { id: response.id, bytes })
    const error = new GatewayError("UNAVAILABLE", "The answer is too large for one frame.", {
      reason: "internal",
      retryable: false,
    })
    connection.respond(encodeFrame(failure(response.id, error)))
  }

  return {
    frame,
    refused,
    async settled() {
      await Promise.all(atWork)
    },
  }
}

function success(id: string, payload: unknown): ResponseFrame {
  return { type: "res", id, ok: true, payload }
}

function failure(id: string, error: GatewayError): ResponseFrame {
  return {
    type: "res",
    id,
    ok: false,
    error: toErrorShape(error),
    ...(error.payload !== undefined && { payload: error.payload }),
  }
}

function tooManyRequests(): GatewayError {
  const message = `More than ${LIMITS.maxOpenRequests} requests are open on this connection.`
  return new GatewayError("UNAVAILABLE", message, {
    reason: "over_capacity",
    retryable: true,
    retryAfterMs: 100,
  })
}

function beyondOwn(length: number): number {
  return Math.max(0, length - MAX_OPEN_LENGTH.own)
}

function tooMuchAtOnce(): GatewayError {
  return new GatewayError("UNAVAILABLE", "Too much is being asked for at once.", {
    reason: "over_capacity",
    retryable: true,
    retryAfterMs: 1_000,
  })
}

/** The length of all texts in a value that was JSON; its depth is bounded. */
function measure(value: unknown): number {
  if (typeof value === "string") return value.length
  if (typeof value !== "object" || value === null) return 1
  let length = 1
  for (const [key, item] of Object.entries(value)) length += key.length + measure(item)
  return length
}

/** The id to answer under: the frame's own if it is one. */
function idOf(value: unknown): string {
  if (!isObject(value)) return NO_ID
  const id = value["id"]
  return typeof id === "string" && id !== "" && id.length <= LIMITS.maxRequestIdLength ? id : NO_ID
}
