import { EventEmitter } from "node:events"
import { Writable } from "node:stream"
import { expect, test } from "vitest"
import { silentLogger } from "../host/logger.ts"
import { listenForOrders } from "./orders.ts"

function listen({ isTTY }: { isTTY?: boolean } = {}) {
  const process = new EventEmitter()
  let reopened = 0
  const orders = listenForOrders({
    process,
    stdout: Object.assign(new Writable(), { isTTY }),
    log: {
      logger: silentLogger,
      reopen: () => {
        reopened += 1
      },
    },
  })
  return {
    orders,
    process,
    reopened: () => reopened,
  }
}

test("[SD5] SIGHUP without a terminal reopens the log each time, and orders nothing", () => {
  const { orders, process, reopened } = listen()
  process.emit("SIGHUP")
  process.emit("SIGHUP")
  expect(reopened()).toBe(2)
  expect(orders.stopping.aborted).toBe(false)
})

test("[SD5] SIGHUP on a terminal is the first order to stop, and after another the second", async () => {
  const first = listen({ isTTY: true })
  first.process.emit("SIGHUP")
  expect(first.orders.stopping.aborted).toBe(true)
  expect(await first.orders.stop).toEqual({ code: 0, reason: "SIGHUP" })
  expect(first.reopened()).toBe(0)

  const second = listen({ isTTY: true })
  second.process.emit("SIGTERM")
  second.process.emit("SIGHUP")
  expect(await second.orders.stop).toEqual({ code: 0, reason: "SIGTERM" })
  expect(await second.orders.atOnce).toBe(1)
})

test("[D1, SD3] the first signal orders the stop, and every later one its end at once", async () => {
  const { orders, process } = listen()
  let endsAtOnce = false
  void orders.atOnce.then(() => {
    endsAtOnce = true
  })
  process.emit("SIGINT")
  expect(await orders.stop).toEqual({ code: 0, reason: "SIGINT" })
  expect(endsAtOnce).toBe(false)
  process.emit("SIGTERM")
  process.emit("SIGTERM")
  expect(await orders.atOnce).toBe(1)
})

test("[D1, D3] a failure that nobody caught orders a stop with exit code 1", async () => {
  const { orders, process } = listen()
  process.emit("uncaughtException", new Error("broken"))
  expect(await orders.stop).toEqual({ code: 1, reason: "an unexpected failure" })
})
