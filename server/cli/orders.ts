// What tells the gateway to stop: signals, and a failure that nobody caught.

import type { Writable } from "node:stream"
import type { Log } from "../host/log.ts"
import { tellOwner } from "../host/strays.ts"

interface StopOrder {
  readonly code: number
  readonly reason: string
}

export interface Orders {
  /** The first order to stop. */
  readonly stop: Promise<StopOrder>
  /** Aborts with it: for what only waits. */
  readonly stopping: AbortSignal
  /** A second one, which does not wait: the exit code. */
  readonly atOnce: Promise<number>
}

export interface OrdersParts {
  readonly process: Pick<NodeJS.EventEmitter, "on">
  readonly stdout: Writable
  readonly log: Pick<Log, "logger" | "reopen">
}

/** The listeners stay for the life of the process: without one a signal would end it on the spot. */
export function listenForOrders({ log, process, stdout }: OrdersParts): Orders {
  const stop = Promise.withResolvers<StopOrder>()
  const stopping = new AbortController()
  const atOnce = Promise.withResolvers<number>()
  const order = (code: number, reason: string) => {
    if (stopping.signal.aborted) atOnce.resolve(1)
    stop.resolve({ code, reason })
    stopping.abort()
  }
  process.on("SIGTERM", () => order(0, "SIGTERM"))
  process.on("SIGINT", () => order(0, "SIGINT"))
  process.on("SIGHUP", () => {
    if ("isTTY" in stdout && stdout.isTTY === true) order(0, "SIGHUP")
    else log.reopen()
  })
  process.on("uncaughtException", (error) => {
    if (tellOwner(error)) return
    log.logger.error("the gateway broke and stops", { error })
    order(1, "an unexpected failure")
  })
  return { stop: stop.promise, stopping: stopping.signal, atOnce: atOnce.promise }
}
