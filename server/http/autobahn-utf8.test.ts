// What the Autobahn test suite asks of a WebSocket server, case by case under its numbers, as frames of our
// own: https://github.com/crossbario/autobahn-testsuite. That suite wants echoes; this gateway answers
// requests. So a message that is right here is a request of the same size, pieces and bytes, and must be
// answered; what is wrong must close with the code that RFC 6455 names. This is section 6.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { BINARY, fragments, hex, rawFrame, TEXT } from "../testing/raw-frames.ts"
import { createRawGateway, type RawGateway } from "../testing/raw-gateway.ts"
import { expectAnswered, expectClose, isAnswered, request, send } from "../testing/raw-requests.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"

let started: StartedGateway
let rig: RawGateway

beforeAll(async () => {
  started = await startGateway()
  rig = createRawGateway(started)
})
afterAll(() => started[Symbol.asyncDispose]())

/** A request whose id is these bytes. */
function requestOf(bytes: Uint8Array): Buffer {
  const [before = "", after = ""] = request("|").split("|")
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])
}

describe("6, UTF-8", () => {
  const VALID = {
    "6.2": Buffer.from("Hello-µ@ßöäüàá-UTF-8!!").toString("hex"),
    "6.5.5": "ce ba e1 bd b9 cf 83 ce bc ce b5",
    "6.6.2": "ce ba",
    "6.6.5": "ce ba e1 bd b9",
    "6.6.7": "ce ba e1 bd b9 cf 83",
    "6.6.9": "ce ba e1 bd b9 cf 83 ce bc",
    "6.6.11": "ce ba e1 bd b9 cf 83 ce bc ce b5",
    "6.7.2": "c2 80",
    "6.7.3": "e0 a0 80",
    "6.7.4": "f0 90 80 80",
    "6.9.1": "7f",
    "6.9.2": "df bf",
    "6.9.3": "ef bf bf",
    "6.9.4": "f4 8f bf bf",
    "6.11.1": "ed 9f bf",
    "6.11.2": "ee 80 80",
    "6.11.3": "ef bf bd",
    "6.22.1": "ef bf be",
    "6.22.2": "f0 9f bf be",
    "6.22.3": "f0 9f bf bf",
    "6.22.10": "f1 8f bf bf",
    "6.22.34": "f4 8f bf be",
    "6.23.1": "ef bf b9 ef bf ba ef bf bb ef bf bc ef bf bd ef bf be ef bf bf",
  }
  const INVALID = {
    "6.3": "ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64 69 74 65 64",
    "6.6.1": "ce",
    "6.6.3": "ce ba e1",
    "6.6.4": "ce ba e1 bd",
    "6.6.6": "ce ba e1 bd b9 cf",
    "6.8.1": "f8 88 80 80 80",
    "6.8.2": "fc 84 80 80 80 80",
    "6.10.1": "f7 bf bf bf",
    "6.10.2": "fb bf bf bf bf",
    "6.10.3": "fd bf bf bf bf bf",
    "6.11.5": "f4 90 80 80",
    "6.12.1": "80",
    "6.12.2": "bf",
    "6.12.3": "80 bf",
    "6.12.8": "80 81 82 83 84 85 86 bf be 80",
    "6.13.1": "c0 20 c1 20 c2 20 df 20",
    "6.13.2": "e0 20 e1 20 ef 20",
    "6.13.3": "f0 20 f1 20 f7 20",
    "6.13.4": "f8 20 fb 20",
    "6.13.5": "fc 20 fd 20",
    "6.14.1": "c0",
    "6.14.2": "e0 80",
    "6.14.3": "f0 80 80",
    "6.14.6": "df",
    "6.14.7": "ef bf",
    "6.14.8": "f7 bf bf",
    "6.15.1": "c0 e0 80 f0 80 80 f8 80 80 80 fc 80 80 80 80 df ef bf f7 bf bf",
    "6.16.1": "fe",
    "6.16.2": "ff",
    "6.16.3": "fe fe ff ff",
    "6.17.1": "c0 af",
    "6.17.2": "e0 80 af",
    "6.17.3": "f0 80 80 af",
    "6.17.4": "f8 80 80 80 af",
    "6.17.5": "fc 80 80 80 80 af",
    "6.18.1": "c1 bf",
    "6.18.2": "e0 9f bf",
    "6.18.3": "f0 8f bf bf",
    "6.18.4": "f8 87 bf bf bf",
    "6.19.1": "c0 80",
    "6.19.2": "e0 80 80",
    "6.19.3": "f0 80 80 80",
    "6.20.1": "ed a0 80",
    "6.20.2": "ed ad bf",
    "6.20.3": "ed ae 80",
    "6.20.4": "ed af bf",
    "6.20.5": "ed b0 80",
    "6.20.6": "ed be 80",
    "6.20.7": "ed bf bf",
    "6.21.1": "ed a0 80 ed b0 80",
    "6.21.4": "ed ad bf ed bf bf",
    "6.21.8": "ed af bf ed bf bf",
  }

  test.for([
    ["6.1.1", [""]],
    ["6.1.2", ["", "", ""]],
  ] as const)(
    "[FR22, FR11] %s: nothing, whole or in fragments, is malformed JSON",
    async ([, texts]) => {
      const client = await rig.open()
      const cuts = texts.slice(1).map(() => 0)
      await send(client, fragments("", cuts))
      await expectClose(client, 1008, "malformed JSON")
    },
  )

  test("[FR22] 6.1.3: empty fragments around a message do not matter", async () => {
    const client = await rig.open()
    await send(client, fragments(request("1"), [0, request("1").length]))
    await expectAnswered(client, "1")
  })

  test.for(Object.entries(VALID))(
    "[FR22] %s: %s is read, cut wherever it may be",
    async ([, bytes]) => {
      const body = requestOf(hex(bytes))
      const id = hex(bytes).toString()
      const everywhere = [...body.keys()].slice(1)
      for (const opcode of [TEXT, BINARY]) {
        for (const cuts of [[], everywhere]) {
          const client = await rig.open()
          await send(client, fragments(body, cuts, opcode))
          await expectAnswered(client, id)
        }
      }
    },
  )

  test.for(Object.entries(INVALID))(
    "[FR22, FR1, FR9] %s: %s closes 1007, cut wherever it may be",
    async ([, bytes]) => {
      const body = requestOf(hex(bytes))
      const everywhere = [...body.keys()].slice(1)
      const half = Math.floor(body.length / 2)
      for (const [opcode, reason] of [
        [TEXT, ""],
        [BINARY, "invalid UTF-8"],
      ] as const) {
        for (const cuts of [[], [half], everywhere]) {
          const client = await rig.open()
          await send(client, [
            ...fragments(body, cuts, opcode),
            rawFrame({ payload: request("behind") }),
          ])
          await expectClose(client, 1007, reason)
          expect(isAnswered(client, "behind")).toBe(false)
        }
      }
    },
  )

  // The suite would like the close as soon as the bad byte is there, and calls this non-strict.
  test.for([
    ["6.4.1", "frames", "f4 90 80 80"],
    ["6.4.2", "frames", "f4 90"],
    ["6.4.3", "octets", "f4 90 80 80"],
    ["6.4.4", "octets", "f4"],
  ] as const)(
    "[FR22, FR1] %s: invalid UTF-8 in an early fragment closes 1007 by the end of the message",
    async ([, chop, bytes]) => {
      const client = await rig.open()
      const body = requestOf(Buffer.concat([hex("ce ba e1 bd b9"), hex(bytes), hex("65 64")]))
      const at = body.indexOf(0xf4)
      await send(client, fragments(body, [at, at + 1]), chop)
      await expectClose(client, 1007)
    },
  )
})

test("[FR22] the gateway has taken all of it, and serves others", () => rig.expectAlive())
