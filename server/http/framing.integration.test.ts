// What a client does wrong between the upgrade and a request, and what it may do.

import { once } from "node:events"
import { afterAll, beforeAll, expect, test } from "vitest"
import { WebSocket } from "ws"
import { CLOSE, LIMITS } from "#protocol"
import { connectRaw, upgradeRequest } from "../testing/raw-client.ts"
import { BINARY, framesOf, hex, PING, PONG, rawFrame, TEXT } from "../testing/raw-frames.ts"
import {
  closeOf,
  createRawGateway,
  HELLO,
  type RawGateway,
  startRawGateway,
} from "../testing/raw-gateway.ts"
import { expectAnswered, expectOpen, isAnswered, request } from "../testing/raw-requests.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"

let started: StartedGateway
/** For what leaves no trace; what counts clients has a gateway of its own. */
let rig: RawGateway

beforeAll(async () => {
  started = await startGateway()
  rig = createRawGateway(started)
})
afterAll(() => started[Symbol.asyncDispose]())

test("[T3, FR15] permessage-deflate is not agreed on, and a frame that uses it closes 1002", async () => {
  const { raw } = rig
  const client = await raw()
  const offer = "permessage-deflate; client_max_window_bits, permessage-deflate"
  client.write(upgradeRequest({ "Sec-WebSocket-Extensions": offer }))
  const answer = await client.until((text) => text.includes("\r\n\r\n"))
  expect(answer).toMatch(/^HTTP\/1\.1 101 /)
  expect(answer.toLowerCase()).not.toContain("sec-websocket-extensions")
  client.write(rawFrame({ payload: HELLO }))
  await client.until((text) => text.includes('"hello-ok"'))
  client.write(rawFrame({ rsv: 4, payload: hex("ab 00 00") }))
  expect(await closeOf(client)).toEqual({ code: 1002, reason: "" })
})

test("[FR2] a frame without a mask closes 1002", async () => {
  const { expectAlive, open } = rig
  const client = await open()
  client.write(rawFrame({ payload: request("1"), mask: undefined }))
  expect(await closeOf(client)).toEqual({ code: 1002, reason: "" })
  expect(isAnswered(client, "1")).toBe(false)
  await expectAlive()
})

test("[FR2] a mask of zeros is a mask", async () => {
  const { open } = rig
  const client = await open()
  client.write(rawFrame({ payload: request("1"), mask: [0, 0, 0, 0] }))
  await expectAnswered(client, "1")
})

test("[FR4] the declared length decides: nothing is reserved for what is not there", async () => {
  const { open } = rig
  const before = process.memoryUsage().arrayBuffers
  const clients = await Promise.all(Array.from({ length: 40 }, open))
  for (const [index, client] of clients.entries()) {
    const opcode = index % 2 === 0 ? TEXT : BINARY
    client.write(rawFrame({ opcode, declaredLength: BigInt(LIMITS.maxPayloadBytes) }))
    client.write(rawFrame({ payload: "x" }).subarray(0, 3))
  }
  for (const client of clients.slice(0, 5)) await closeAsked(client)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * 1024 * 1024)

  async function closeAsked(client: (typeof clients)[number]) {
    client.socket.end()
    await client.closed
  }
})

test("[FR6] fragments that add up to more than a message may have close 1009", async () => {
  const { expectAlive, open } = rig
  const client = await open()
  const half = "x".repeat(LIMITS.maxPayloadBytes / 2)
  client.write(rawFrame({ fin: false, payload: half }))
  client.write(rawFrame({ opcode: 0, fin: false, payload: half }))
  client.write(rawFrame({ opcode: 0, fin: false, payload: "y" }))
  expect(await closeOf(client)).toEqual({ code: 1009, reason: "" })
  await expectAlive()
})

test("[FR7] 1,024 empty fragments are allowed, one more closes 1008", async () => {
  const { open } = rig
  const client = await open()
  const empty = rawFrame({ opcode: 0, fin: false })
  const more = Array.from({ length: LIMITS.maxFragments - 2 }, () => empty)
  const last = rawFrame({ opcode: 0, payload: request("1") })
  client.write(Buffer.concat([rawFrame({ fin: false }), ...more, last]))
  await expectAnswered(client, "1")
  client.write(Buffer.concat([rawFrame({ fin: false }), empty, ...more, last]))
  expect(await closeOf(client)).toEqual({ code: 1008, reason: "" })
})

test.for([
  ["a word", "hello"],
  ["nothing", ""],
  ["white space", " \n"],
  ["a byte order mark", `\uFEFF${request("1")}`],
  ["NaN", '{"type":"req","id":"1","method":"health","params":NaN}'],
  ["a comma too many", '{"type":"req","id":"1","method":"health",}'],
  ["two objects", `${request("1")}${request("2")}`],
  ["single quotes", "{'type':'req'}"],
  ["a comment", `/* */${request("1")}`],
  ["half a frame", request("1").slice(0, -1)],
] as const)(
  "[R4, FR9, FR10, FR11] %s is malformed JSON, in text and in binary",
  async ([, payload]) => {
    const { expectAlive, open } = rig
    for (const opcode of [TEXT, BINARY]) {
      const client = await open()
      client.write(rawFrame({ opcode, payload }))
      client.write(rawFrame({ payload: request("behind") }))
      expect(await closeOf(client)).toEqual(CLOSE.malformedJson)
      expect(isAnswered(client, "behind")).toBe(false)
    }
    await expectAlive()
  },
)

test("[R4, FR10] a run goes on when its client is closed for malformed JSON", async () => {
  const gate = Promise.withResolvers<void>()
  const { gateway } = await startRawGateway({ script: [{ wait: gate.promise }, { say: "done" }] })
  const first = await gateway.connect()
  const params = { message: "x", idempotencyKey: "k" }
  const accepted = Promise.withResolvers<string>()
  const lost = first.request("agent", params, ({ runId }) => accepted.resolve(runId))
  const isLost = expect(lost).rejects.toThrow()
  const runId = await accepted.promise
  first.webSocket.send("{")
  expect(await first.closed).toEqual(CLOSE.malformedJson)
  await isLost
  const second = await gateway.connect()
  const final = second.request("agent", params)
  gate.resolve()
  expect(await final).toMatchObject({ runId, status: "ok" })
})

test("[FR9] binary garbage closes 1007, and what was sent behind it is not heard", async () => {
  const { gateway, open } = await startRawGateway()
  const client = await open()
  // An answer could not leave any more, so what is looked for is the effect.
  const params = { text: "behind", instanceId: "behind" }
  const behind = JSON.stringify({ type: "req", id: "1", method: "system-event", params })
  client.write(
    Buffer.concat([
      rawFrame({ opcode: BINARY, payload: hex("80 81 fe ff 00") }),
      rawFrame({ payload: behind }),
    ]),
  )
  expect(await closeOf(client)).toEqual(CLOSE.invalidUtf8)
  const other = await gateway.connect()
  const presence = await other.call("system-presence")
  expect(presence).toHaveLength(2)
  expect(JSON.stringify(presence)).not.toContain("behind")
  // It never answers the close.
  await client.closed
})

test("[FR13] pings faster than they are answered get fewer answers, the last one's among them", async () => {
  const { gateway, open } = await startRawGateway()
  const client = await open()
  const pings = 10_000
  client.write(
    Buffer.concat(
      Array.from({ length: pings }, (_, at) => rawFrame({ opcode: PING, payload: `${at}` })),
    ),
  )
  const isPong = ({ opcode }: { opcode: number }) => opcode === PONG
  const last = () => framesOf(client.received()).findLast(isPong)?.payload.toString()
  await client.until(() => last() === `${pings - 1}`)
  expect(framesOf(client.received()).filter(isPong).length).toBeLessThan(pings)
  await expectOpen(client)
  expect(await (await gateway.connect()).call("system-presence")).toHaveLength(3)
})

test("[FR13] whoever goes on with it is closed 1008, and others are answered meanwhile", async () => {
  const { expectAlive, gateway, open } = await startRawGateway()
  const client = await open()
  const other = await gateway.connect()
  const ping = Buffer.concat(Array.from({ length: 1_000 }, () => rawFrame({ opcode: PING })))
  let over = false
  const closed = closeOf(client).finally(() => {
    over = true
  })
  while (!over) {
    client.write(ping)
    expect(await other.call("system-presence")).toBeInstanceOf(Array)
  }
  expect(await closed).toEqual(CLOSE.pingFlood)
  await expectAlive()
})

test("[T2, E7] a long answer leaves in fragments with a ping behind each, and is one message", async () => {
  // Characters of three bytes, so that the fragments cut them.
  const answer = "語".repeat(25_000)
  const { gateway, open } = await startRawGateway({ script: [{ say: answer }] })
  const client = await gateway.connect()
  await client.request("agent", { message: "tell", idempotencyKey: "k" })
  const { messages } = await client.request("chat.history", { sessionKey: "main" })
  expect(messages.at(-1)?.parts).toEqual([{ type: "text", text: answer }])

  const raw = await open()
  const params = { sessionKey: "main" }
  const asked = { type: "req", id: "r", method: "chat.history", params }
  raw.write(rawFrame({ payload: JSON.stringify(asked) }))
  /** The one message in fragments; whole ones may stand before and behind it. */
  const inFragments = () => {
    const all = framesOf(raw.received())
    const first = all.findIndex(({ fin, opcode }) => opcode === TEXT && !fin)
    const last = all.findIndex(({ fin, opcode }) => opcode === 0 && fin)
    return all.slice(Math.max(0, first), last + 1)
  }
  await raw.until(() => inFragments().length > 0)
  const frames = inFragments()
  expect(frames.map(({ fin, opcode }) => [opcode, fin])).toEqual([
    [TEXT, false],
    [PING, true],
    [0, false],
    [PING, true],
    [0, true],
  ])
  const pieces = frames.flatMap(({ opcode, payload }) => (opcode === PING ? [] : payload))
  expect(Math.max(...pieces.map(({ length }) => length))).toBe(32_768)
  expect(JSON.parse(Buffer.concat(pieces).toString())).toMatchObject({ id: "r", ok: true })
})

test("[FR20] a client that ends its half without a close frame leaves at once", async () => {
  const { gateway, open } = await startRawGateway()
  const other = await gateway.connect()
  const client = await open()
  await other.event("presence", ({ presence }) => presence.length === 3)
  client.socket.end()
  await client.closed
  const events = other.events.length
  await other.event("presence", ({ presence }) => presence.length === 2)
  expect(other.events.length).toBeGreaterThanOrEqual(events)
})

test("[FR2, FR20] whoever breaks a rule and then says nothing is let go, and leaves presence at once", async () => {
  const { gateway, open } = await startRawGateway()
  const other = await gateway.connect()
  const client = await open()
  await other.event("presence", ({ presence }) => presence.length === 3)
  client.write(rawFrame({ opcode: 3 }))
  await closeOf(client)
  await other.event("presence", ({ presence }) => presence.length === 2)
  await client.closed
})

test.for(["stranger", "member"] as const)(
  "[HS3] a reset after the upgrade, of a %s, leaves nothing behind",
  async (who) => {
    const { expectAlive, gateway, open, raw } = await startRawGateway()
    const other = await gateway.connect()
    const clients = await Promise.all(Array.from({ length: 20 }, who === "member" ? open : raw))
    for (const client of clients) {
      if (who === "stranger") client.write(upgradeRequest())
    }
    if (who === "stranger") {
      await Promise.all(clients.map((client) => client.until((text) => text.includes("101"))))
    }
    for (const client of clients) {
      client.write(rawFrame({ payload: request("1") }).subarray(0, 9))
      client.reset()
    }
    await Promise.all(clients.map((client) => client.closed))
    await expectAlive()
    expect(await other.call("system-presence")).toHaveLength(2)
  },
)

test("[SD4] a client that never reads does not hold the end up", async () => {
  const { gateway, open } = await startRawGateway()
  const client = await open()
  client.socket.pause()
  for (let id = 0; id < 200; id += 1) client.write(rawFrame({ payload: request(`${id}`) }))
  const half = await connectRaw(gateway.port)
  half.write(upgradeRequest().slice(0, 40))
  const webSocket = new WebSocket(gateway.url)
  await once(webSocket, "open")
  webSocket.pause()
  webSocket.on("error", () => undefined)
  await gateway.end()
  client.socket.destroy()
  half.socket.destroy()
  webSocket.terminate()
})
