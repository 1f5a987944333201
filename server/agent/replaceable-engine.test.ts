import { expect, test } from "vitest"
import { silentLogger } from "../host/logger.ts"
import type { Engine, Turn, TurnOptions } from "./engine.ts"
import { createReplaceableEngine } from "./replaceable-engine.ts"

function fake(id: string) {
  const turns: PromiseWithResolvers<void>[] = []
  const stops: number[] = []
  const engine: Engine = {
    id,
    health: () => ({ engine: id, state: "ready" }),
    run() {
      const turn = Promise.withResolvers<void>()
      turns.push(turn)
      return turn.promise
    },
    async stop(graceMs) {
      stops.push(graceMs)
    },
  }
  return { engine, turns, stops }
}

function setUp() {
  const first = fake("first")
  const second = fake("second")
  let changes = 0
  const engine = createReplaceableEngine(first.engine, {
    graceMs: 7,
    log: silentLogger,
    changed: () => {
      changes += 1
    },
  })
  const run = () => engine.run({} as Turn, {} as TurnOptions)
  return { engine, first, second, run, changes: () => changes }
}

test("a turn ends on the engine that it began on, which ends with its last turn", async () => {
  const { engine, first, second, run, changes } = setUp()
  const old = run()
  await engine.replace(async () => second.engine)
  expect([engine.id, engine.health().engine, changes()]).toEqual(["second", "second", 1])
  const young = run()
  expect([first.turns.length, second.turns.length, first.stops]).toEqual([1, 1, []])
  first.turns[0]?.resolve()
  await old
  expect(first.stops).toEqual([7])
  await engine.stop(3)
  expect(second.stops).toEqual([3])
  second.turns[0]?.resolve()
  await young
})

test("[A3] an engine that was replaced ends with all, also where a turn of it does not listen", async () => {
  const { engine, first, second, run } = setUp()
  const deaf = run()
  await engine.replace(async () => second.engine)
  await engine.stop(3)
  expect([first.stops, second.stops]).toEqual([[3], [3]])
  first.turns[0]?.resolve()
  await deaf
})

test("an engine without turns ends when it is replaced", async () => {
  const { engine, first, second } = setUp()
  await engine.replace(async () => second.engine)
  expect(first.stops).toEqual([7])
})

test("an engine that does not start takes no place", async () => {
  const { engine, first, changes } = setUp()
  await engine.replace(() => Promise.reject(new Error("no such program")))
  expect([engine.id, first.stops, changes()]).toEqual(["first", [], 0])
})

test("an engine that is made while all ends is ended too", async () => {
  const { engine, first, second } = setUp()
  const made = Promise.withResolvers<Engine>()
  const replaced = engine.replace(() => made.promise)
  await Promise.resolve()
  const stopped = engine.stop(3)
  made.resolve(second.engine)
  await Promise.all([replaced, stopped])
  expect(first.stops.length + second.stops.length).toBeGreaterThanOrEqual(2)
})
