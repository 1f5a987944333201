// What the Autobahn test suite asks of a WebSocket server, case by case under its numbers, as frames of our
// own: https://github.com/crossbario/autobahn-testsuite. That suite wants echoes; this gateway answers
// requests. So a message that is right here is a request of the same size, pieces and bytes, and must be
// answered; what is wrong must close with the code that RFC 6455 names. This is sections 7, 9 and 10.

import { setImmediate as turn } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { LIMITS } from "#protocol"
import {
  BINARY,
  CLOSING,
  closeFrame,
  fragments,
  framesOf,
  hex,
  PING,
  rawFrame,
  TEXT,
} from "../testing/raw-frames.ts"
import { closeOf, createRawGateway, type RawGateway } from "../testing/raw-gateway.ts"
import {
  expectAnswered,
  expectClose,
  isAnswered,
  pongsOf,
  request,
  send,
} from "../testing/raw-requests.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"

const KIB = 1024
const MIB = 1024 * KIB

let started: StartedGateway
let rig: RawGateway

beforeAll(async () => {
  started = await startGateway()
  rig = createRawGateway(started)
})
afterAll(() => started[Symbol.asyncDispose]())

describe("7, closing", () => {
  test("[FR22] 7.1.1: a close after a message is answered alike", async () => {
    const client = await rig.open()
    await send(client, [rawFrame({ payload: request("1") })])
    await expectAnswered(client, "1")
    await send(client, [closeFrame(1000)])
    await expectClose(client, 1000)
  })

  test.for([
    ["7.1.2", "another close", closeFrame(1000)],
    ["7.1.3", "a ping", rawFrame({ opcode: PING })],
    ["7.1.4", "a request", rawFrame({ payload: request("behind") })],
    ["7.1.5", "the rest of a message", rawFrame({ opcode: 0, payload: request("behind") })],
  ] as const)("[FR22] %s: %s behind a close is not heard", async ([number, , behind]) => {
    const client = await rig.open()
    const before = number === "7.1.5" ? [rawFrame({ fin: false, payload: "" })] : []
    await send(client, [...before, closeFrame(1000), behind])
    await expectClose(client, 1000)
    const all = framesOf(await client.closed)
    expect(all.filter(({ opcode }) => opcode === CLOSING)).toHaveLength(1)
    expect(pongsOf(client)).toEqual([])
    expect(isAnswered(client, "behind")).toBe(false)
  })

  test("[FR22] 7.1.6: 256 KiB, a close and a ping", async () => {
    const client = await rig.open()
    await send(client, [
      rawFrame({ payload: request("1", 256 * KIB) }),
      closeFrame(1000),
      rawFrame({ opcode: PING }),
    ])
    await expectClose(client, 1000)
    expect(pongsOf(client)).toEqual([])
  })

  test.for([
    ["7.3.1", rawFrame({ opcode: CLOSING }), undefined],
    ["7.3.2", rawFrame({ opcode: CLOSING, payload: "x" }), 1002],
    ["7.3.3", closeFrame(1000), 1000],
    ["7.3.4", closeFrame(1000, "Hello World!"), 1000],
    ["7.3.5", closeFrame(1000, "*".repeat(123)), 1000],
    ["7.3.6", closeFrame(1000, "*".repeat(124)), 1002],
    ["7.5.1", closeFrame(1000, hex("ce ba e1 bd b9 cf 83 ed a0 80")), 1007],
  ] as const)(
    "[FR22, FR3] %s: the close of a client is answered with %s",
    async ([, frame, code]) => {
      const client = await rig.open()
      await send(client, [frame])
      expect((await closeOf(client)).code).toBe(code)
    },
  )

  test.for([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])(
    "[FR22] 7.7: close code %i is answered alike",
    async (code) => {
      const client = await rig.open()
      await send(client, [closeFrame(code)])
      await expectClose(client, code)
    },
  )

  test.for([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
    "[FR22, FR3] 7.9, 7.13: close code %i closes 1002",
    async (code) => {
      const client = await rig.open()
      await send(client, [closeFrame(code)])
      await expectClose(client, 1002)
    },
  )
})

describe("9, limits", () => {
  test.for([64 * KIB, 256 * KIB, MIB, 4 * MIB, LIMITS.maxPayloadBytes])(
    "[FR22, FR5] 9.1, 9.2: a message of %i bytes is answered",
    async (bytes) => {
      const client = await rig.open()
      await send(client, [
        rawFrame({ payload: request("text", bytes) }),
        rawFrame({ opcode: BINARY, payload: request("binary", bytes) }),
      ])
      await expectAnswered(client, "text")
      await expectAnswered(client, "binary")
    },
  )

  test("[FR22, FR4] 9.1.6: one byte more, or 16 MiB, closes 1009 before it has been sent", async () => {
    for (const declaredLength of [LIMITS.maxPayloadBytes + 1, 16 * MIB, 2 ** 53].map(BigInt)) {
      const client = await rig.open()
      await send(client, [rawFrame({ declaredLength })])
      await expectClose(client, 1009)
    }
  })

  test.for([4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB])(
    "[FR22] 9.3, 9.4: 4 MiB in fragments of %i bytes is answered",
    async (size) => {
      const client = await rig.open()
      const cuts = Array.from({ length: (4 * MIB) / size - 1 }, (_, index) => (index + 1) * size)
      await send(client, fragments(request("1", 4 * MIB), cuts))
      await expectAnswered(client, "1")
    },
  )

  test.for([64, 256, KIB])(
    "[FR22, FR7] 9.3, 9.4: 4 MiB in fragments of %i bytes are too many and close 1008",
    async (size) => {
      const client = await rig.open()
      const cuts = Array.from({ length: (4 * MIB) / size - 1 }, (_, index) => (index + 1) * size)
      await send(client, fragments(request("1", 4 * MIB), cuts))
      await expectClose(client, 1008)
      expect(isAnswered(client, "1")).toBe(false)
    },
  )

  test.for([64, 256, 2_048])(
    "[FR22] 9.5, 9.6: 1 MiB in TCP pieces of %i bytes is answered",
    async (size) => {
      const client = await rig.open()
      const frame = rawFrame({ payload: request("1", MIB) })
      for (let at = 0; at < frame.length; at += size) {
        client.write(frame.subarray(at, at + size))
        if ((at / size) % 64 === 0) await turn()
      }
      await expectAnswered(client, "1")
    },
  )

  test.for([64, 256, KIB, 4 * KIB])(
    "[FR22] 9.7, 9.8: a hundred messages of %i bytes are answered",
    async (bytes) => {
      const client = await rig.open()
      const ids = Array.from({ length: 100 }, (_, index) => `m-${index}`)
      await send(
        client,
        ids.map((id, index) =>
          rawFrame({ opcode: index % 2 === 0 ? TEXT : BINARY, payload: request(id, bytes) }),
        ),
      )
      for (const id of ids) await expectAnswered(client, id)
    },
  )
})

test("[FR22] 10.1.1: 65,536 bytes in fragments of 1,300 are answered", async () => {
  const client = await rig.open()
  const cuts = Array.from({ length: Math.floor(65_536 / 1_300) }, (_, index) => (index + 1) * 1_300)
  await send(client, fragments(request("1", 65_536), cuts))
  await expectAnswered(client, "1")
})

test("[FR22] the gateway has taken all of it, and serves others", () => rig.expectAlive())
