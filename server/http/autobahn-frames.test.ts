// What the Autobahn test suite asks of a WebSocket server, case by case under its numbers, as frames of our
// own: https://github.com/crossbario/autobahn-testsuite. That suite wants echoes; this gateway answers
// requests. So a message that is right here is a request of the same size, pieces and bytes, and must be
// answered; what is wrong must close with the code that RFC 6455 names. This is sections 1 to 5.

import { setImmediate as turn } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { BINARY, CLOSING, fragments, PING, PONG, rawFrame, TEXT } from "../testing/raw-frames.ts"
import { createRawGateway, type RawGateway } from "../testing/raw-gateway.ts"
import {
  expectAnswered,
  expectClose,
  expectOpen,
  isAnswered,
  pongsOf,
  request,
  send,
} from "../testing/raw-requests.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"

let started: StartedGateway
let rig: RawGateway

beforeAll(async () => {
  started = await startGateway()
  rig = createRawGateway(started)
})
afterAll(() => started[Symbol.asyncDispose]())

describe.for([
  ["1.1, text", TEXT],
  ["1.2, binary", BINARY],
] as const)("%s", ([, opcode]) => {
  test.for([125, 126, 127, 128, 65_535, 65_536])(
    "[FR22, FR8] a request of %i bytes is answered",
    async (bytes) => {
      const client = await rig.open()
      await send(client, [rawFrame({ opcode, payload: request("1", bytes) })])
      await expectAnswered(client, "1")
    },
  )

  test("[FR22] a request of 65,536 bytes in pieces of 997 is answered", async () => {
    const client = await rig.open()
    const frame = rawFrame({ opcode, payload: request("1", 65_536) })
    for (let at = 0; at < frame.length; at += 997) {
      client.write(frame.subarray(at, at + 997))
      await turn()
    }
    await expectAnswered(client, "1")
  })

  test("[FR22, FR11] an empty message is malformed JSON", async () => {
    const client = await rig.open()
    await send(client, [rawFrame({ opcode })])
    await expectClose(client, 1008, "malformed JSON")
  })
})

describe("2, pings and pongs", () => {
  test.for([
    ["2.1", "", "whole"],
    ["2.2", "Hello, world!", "whole"],
    ["2.3", "\x00\xff\xfe\xfd\xfc\xfb\x00\xff", "whole"],
    ["2.4", "\xfe".repeat(125), "whole"],
    ["2.6", "\xfe".repeat(125), "octets"],
  ] as const)("[FR22] %s: a ping is answered with its payload", async ([, text, chop]) => {
    const client = await rig.open()
    const payload = Buffer.from(text, "latin1")
    await send(client, [rawFrame({ opcode: PING, payload })], chop)
    await client.until(() => pongsOf(client).length > 0)
    expect(pongsOf(client)).toEqual([text])
    await expectOpen(client)
  })

  test("[FR22, FR2] 2.5: a ping of 126 bytes closes 1002", async () => {
    const client = await rig.open()
    await send(client, [rawFrame({ opcode: PING, payload: "x".repeat(126) })])
    await expectClose(client, 1002)
  })

  test.for([
    ["2.7", ""],
    ["2.8", "unsolicited"],
  ])("[FR22] %s: a pong that nobody asked for is ignored", async ([, payload]) => {
    const client = await rig.open()
    await send(client, [rawFrame({ opcode: PONG, payload: payload ?? "" })])
    await expectOpen(client)
    expect(pongsOf(client)).toEqual([])
  })

  test("[FR22] 2.9: after such a pong a ping is answered", async () => {
    const client = await rig.open()
    const pong = rawFrame({ opcode: PONG, payload: "unsolicited" })
    await send(client, [pong, rawFrame({ opcode: PING, payload: "ping" })])
    await client.until(() => pongsOf(client).length > 0)
    expect(pongsOf(client)).toEqual(["ping"])
  })

  test.for([
    ["2.10", "whole"],
    ["2.11", "octets"],
  ] as const)("[FR22] %s: ten pings are answered in their order", async ([, chop]) => {
    const client = await rig.open()
    const payloads = Array.from({ length: 10 }, (_, index) => `payload-${index}`)
    const pings = payloads.map((payload) => rawFrame({ opcode: PING, payload }))
    await send(client, pings, chop)
    await client.until(() => pongsOf(client).length === 10)
    expect(pongsOf(client)).toEqual(payloads)
  })
})

test.for([
  ["3.1", 1, TEXT, "whole"],
  ["3.2", 2, TEXT, "whole"],
  ["3.3", 3, TEXT, "frames"],
  ["3.4", 4, TEXT, "octets"],
  ["3.5", 5, BINARY, "whole"],
  ["3.6", 6, PING, "whole"],
  ["3.7", 7, CLOSING, "whole"],
] as const)(
  "[FR22, FR2] %s: reserved bits %i close 1002, and what follows is not heard",
  async ([, rsv, opcode, chop]) => {
    const client = await rig.open()
    const frames = [
      rawFrame({ payload: request("before") }),
      rawFrame({ rsv, opcode, payload: opcode === CLOSING ? "" : request("wrong") }),
      rawFrame({ opcode: PING }),
      rawFrame({ payload: request("behind") }),
    ]
    await send(client, frames, chop)
    await expectClose(client, 1002)
    expect(pongsOf(client)).toEqual([])
    expect(isAnswered(client, "behind")).toBe(false)
  },
)

test.for([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])(
  "[FR22, FR2] 4: opcode %i closes 1002",
  async (opcode) => {
    for (const payload of ["", "reserved"]) {
      for (const chop of ["whole", "octets"] as const) {
        const client = await rig.open()
        await send(client, [rawFrame({ opcode, payload }), rawFrame({ opcode: PING })], chop)
        await expectClose(client, 1002)
        expect(pongsOf(client)).toEqual([])
      }
    }
  },
)

describe("5, fragmentation", () => {
  const CHOPS = ["whole", "frames", "octets"] as const

  test.for([
    ["5.1", PING],
    ["5.2", PONG],
  ] as const)("[FR22, FR2] %s: a fragmented control frame closes 1002", async ([, opcode]) => {
    const client = await rig.open()
    const start = rawFrame({ opcode, fin: false, payload: "a" })
    await send(client, [start, rawFrame({ opcode: 0, payload: "b" })])
    await expectClose(client, 1002)
  })

  test.for(CHOPS)(
    "[FR22] 5.3 to 5.5: a message in two fragments is answered, sent as %s",
    async (chop) => {
      const client = await rig.open()
      await send(client, fragments(request("1"), [20]), chop)
      await expectAnswered(client, "1")
    },
  )

  test.for(CHOPS)(
    "[FR22] 5.6 to 5.8: a ping between two fragments is answered, sent as %s",
    async (chop) => {
      const client = await rig.open()
      const [first = "", second = ""] = fragments(request("1"), [20])
      await send(client, [first, rawFrame({ opcode: PING, payload: "between" }), second], chop)
      await expectAnswered(client, "1")
      expect(pongsOf(client)).toEqual(["between"])
    },
  )

  test.for([
    ["5.9", true, "whole"],
    ["5.10", true, "frames"],
    ["5.11", true, "octets"],
    ["5.12", false, "whole"],
    ["5.13", false, "frames"],
    ["5.14", false, "octets"],
  ] as const)("[FR22, FR2] %s: a continuation of nothing closes 1002", async ([, fin, chop]) => {
    const client = await rig.open()
    const frames = [
      rawFrame({ opcode: 0, fin, payload: "a" }),
      rawFrame({ payload: request("behind") }),
    ]
    await send(client, frames, chop)
    await expectClose(client, 1002)
    expect(isAnswered(client, "behind")).toBe(false)
  })

  test.for([
    ["5.15", true, "whole"],
    ["5.16", false, "whole"],
    ["5.17", true, "frames"],
  ] as const)(
    "[FR22, FR2] %s: a continuation after a whole message closes 1002",
    async ([, fin, chop]) => {
      const client = await rig.open()
      const again = rawFrame({ opcode: 0, fin, payload: "a" })
      await send(
        client,
        [...fragments(request("1"), [20]), again, ...fragments(request("2"), [20])],
        chop,
      )
      await expectClose(client, 1002)
      expect(isAnswered(client, "2")).toBe(false)
    },
  )

  test("[FR22, FR2] 5.18: a new message inside another closes 1002", async () => {
    const client = await rig.open()
    await send(client, [rawFrame({ fin: false, payload: "a" }), rawFrame({ payload: "b" })])
    await expectClose(client, 1002)
  })

  test.for(CHOPS)(
    "[FR22] 5.19, 5.20: pings between five fragments are answered, sent as %s",
    async (chop) => {
      const client = await rig.open()
      const [a = "", b = "", c = "", d = "", e = ""] = fragments(request("1"), [10, 20, 30, 40])
      const pings = ["one", "two"].map((payload) => rawFrame({ opcode: PING, payload }))
      await send(client, [a, b, pings[0] ?? "", c, d, pings[1] ?? "", e], chop)
      await expectAnswered(client, "1")
      expect(pongsOf(client)).toEqual(["one", "two"])
    },
  )
})

test("[FR22] the gateway has taken all of it, and serves others", () => rig.expectAlive())
