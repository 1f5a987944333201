import fc from "fast-check"
import { expect, test } from "vitest"
import { createPings } from "./pings.ts"

const WINDOW_MS = 1_000

function start() {
  let now = 10_000
  const sent: number[] = []
  const left: (() => void)[] = []
  const pings = createPings({
    monotonic: () => now,
    windowMs: WINDOW_MS,
    pong: (data, done) => {
      sent.push(data.readUInt32BE())
      left.push(done)
    },
  })
  let next = 0
  return {
    sent,
    /** So many pings at this moment; whether all of them were taken. */
    take(times = 1): boolean {
      let taken = true
      for (let each = 0; each < times; each += 1) {
        const data = Buffer.alloc(4)
        data.writeUInt32BE(next)
        next += 1
        taken = pings.take(data) && taken
      }
      return taken
    },
    wait: (ms: number) => {
      now += ms
    },
    /** The first answer on its way leaves. */
    leave: () => left.shift()?.(),
    onTheirWay: () => left.length,
  }
}

test("[FR13] each ping of a few is answered, of many only the latest beyond those on their way", () => {
  const { leave, sent, take } = start()
  take(10_000)
  expect(sent).toEqual([...Array(16).keys()])
  leave()
  expect(sent.slice(16)).toEqual([9_999])
  leave()
  expect(sent).toHaveLength(17)
})

test("[FR13] more than 200 pings in each of five seconds in a row are a flood", () => {
  const { take, wait } = start()
  for (let second = 0; second < 5; second += 1) {
    expect(take(201)).toBe(true)
    wait(WINDOW_MS)
  }
  expect(take()).toBe(false)
})

test("[FR13] 200 a second for ever, bursts with a pause between, and one long burst are none", () => {
  const { take, wait } = start()
  for (let second = 0; second < 100; second += 1) {
    expect(take(200)).toBe(true)
    wait(WINDOW_MS)
  }
  for (let burst = 0; burst < 20; burst += 1) {
    for (let second = 0; second < 4; second += 1) {
      expect(take(1_000)).toBe(true)
      wait(WINDOW_MS)
    }
    wait(WINDOW_MS)
  }
  expect(take(100_000)).toBe(true)
})

test("[FR13] whenever answers leave, the last ping is answered and no more than 16 wait", () => {
  const step = fc.oneof(fc.record({ pings: fc.nat(40) }), fc.record({ leaves: fc.nat(40) }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { leave, onTheirWay, sent, take } = start()
      let pings = 0
      for (const each of steps) {
        if ("pings" in each) {
          take(each.pings)
          pings += each.pings
        } else for (let at = 0; at < each.leaves; at += 1) leave()
        expect(onTheirWay()).toBeLessThanOrEqual(16)
      }
      while (onTheirWay() > 0) leave()
      expect(sent.at(-1)).toBe(pings === 0 ? undefined : pings - 1)
      expect(sent).toEqual([...new Set(sent)].sort((a, b) => a - b))
    }),
  )
})
