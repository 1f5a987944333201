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
  /** A second one, which does not wait: the exit code. */
  readonly atOnce: Promise<number>
}

/** The listeners stay for the life of the process: without one a signal would end it on the spot. */
export function listenForOrders(stdout: Writable, log: Log): Orders {
  const stop = Promise.withResolvers<StopOrder>()
  const atOnce = Promise.withResolvers<number>()
  let ordered = false
  const order = (code: number, reason: string) => {
    if (ordered) atOnce.resolve(1)
    ordered = true
    stop.resolve({ code, reason })
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
  return { stop: stop.promise, atOnce: atOnce.promise }
}
