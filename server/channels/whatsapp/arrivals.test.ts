import { expect, test } from "vitest"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createArrivals } from "./arrivals.ts"
import type { WAMessage } from "./library.ts"
import { ADA } from "./stub-library.ts"

const BEA = "15550122@s.whatsapp.net"

function start() {
  const clock = createManualClock()
  const taken: string[] = []
  const arrivals = createArrivals({
    clock,
    patienceMs: 1_000,
    take: ({ key }) => taken.push(key.id ?? ""),
  })
  return {
    clock,
    taken,
    release: arrivals.release,
    came: (id: string, from = ADA) => arrivals.came({ tag: "message", attrs: { id, from } }),
    done: (id: string) => arrivals.done({ key: { id, remoteJid: ADA } } as WAMessage),
  }
}

test("[WA14] a live message that overtakes missed ones of its chat waits for them", () => {
  const { came, done, taken } = start()
  for (const id of ["1", "2", "3"]) came(id)
  came("other", BEA)
  done("3")
  done("other")
  expect(taken).toEqual(["other"])
  done("1")
  expect(taken).toEqual(["other", "1"])
  done("2")
  expect(taken).toEqual(["other", "1", "2", "3"])
})

test("a message of which the library says nothing holds up the others for a while only", async () => {
  const { came, clock, done, taken } = start()
  came("silent")
  came("2")
  done("2")
  await clock.advance(999)
  came("3")
  await clock.advance(999)
  expect(taken).toEqual([])
  await clock.advance(1)
  expect(taken).toEqual(["2"])
  done("3")
  done("silent")
  expect(taken).toEqual(["2", "3", "silent"])
  expect(clock.waiting).toBe(0)
})

test("a message that comes twice, or that nobody announced, is taken whenever it is there", () => {
  const { came, done, taken } = start()
  came("1")
  came("1")
  done("1")
  done("1")
  done("2")
  expect(taken).toEqual(["1", "1", "2"])
})

test("[WA13] what waits when the connection ends is taken, in order", () => {
  const { came, clock, done, release, taken } = start()
  for (const id of ["1", "2", "3"]) came(id)
  done("3")
  done("2")
  release()
  expect(taken).toEqual(["2", "3"])
  expect(clock.waiting).toBe(0)
})

test("a message of which the library says nothing holds up its chat for a while only, however much comes elsewhere", async () => {
  const { came, clock, done, taken } = start()
  came("silent")
  came("2")
  done("2")
  for (let count = 0; count < 120; count += 1) {
    came(`b${count}`, BEA)
    done(`b${count}`)
    await clock.advance(500)
  }
  expect(taken).toContain("2")
})

test("a message is not lost when another one comes under its id", () => {
  const { came, done, taken } = start()
  for (const id of ["1", "2"]) came(id)
  came("2", BEA)
  done("2")
  done("2")
  done("1")
  expect(taken.toSorted()).toEqual(["1", "2", "2"])
})
