import { Duplex } from "node:stream"
import fc from "fast-check"
import { expect, test } from "vitest"
import { LIMITS } from "#protocol"
import { createCapacity } from "./capacity.ts"

const open = () => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })

test("[HS16, HS17] however sockets come and go, those that wait and those in all are counted exactly", () => {
  // Some at once, so that the limits are met; which one of those there are is told by a number.
  const some = fc.constantFrom(1, 2, 30, 64, 500)
  const step = fc.record({
    do: fc.constantFrom("open", "open", "identify", "upgrade", "close"),
    some,
    which: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const capacity = createCapacity()
      const there: Duplex[] = []
      const waiting = new Set<Duplex>()
      const upgraded = new Set<Duplex>()
      for (const each of steps) {
        for (let at = 0; at < each.some; at += 1) {
          if (each.do === "open") {
            const socket = open()
            there.push(socket)
            waiting.add(socket)
            capacity.opened(socket)
            continue
          }
          const socket = there[(each.which + at) % there.length]
          if (socket === undefined) break
          if (each.do === "identify") {
            capacity.identified(socket)
            waiting.delete(socket)
          } else if (each.do === "upgrade") {
            capacity.upgraded(socket)
            upgraded.add(socket)
          } else {
            socket.emit("close")
            there.splice(there.indexOf(socket), 1)
            waiting.delete(socket)
            upgraded.delete(socket)
          }
        }
        const newcomer = open()
        const isCrowded = waiting.size >= LIMITS.maxPendingConnections
        const isFull = upgraded.size >= LIMITS.maxConnections
        const why = isFull ? "connection limit" : undefined
        expect(capacity.refusal(newcomer)).toBe(isCrowded ? "too many pending connections" : why)
        // Who waits is not in its own way.
        const [one] = waiting
        const others = waiting.size - 1 >= LIMITS.maxPendingConnections
        if (one !== undefined) {
          expect(capacity.refusal(one)).toBe(others ? "too many pending connections" : why)
        }
      }
    }),
    { numRuns: 60 },
  )
})
