// What anything may do to an open port. Whatever it is, the process lives, others are served, and the end comes.

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import { connectRaw, upgradeRequest } from "../testing/raw-client.ts"
import { closeFrame, framesOf, PING, rawFrame } from "../testing/raw-frames.ts"
import {
  closeOf,
  createRawGateway,
  HELLO,
  type RawGateway,
  startRawGateway,
} from "../testing/raw-gateway.ts"
import { expectAnswered, request } from "../testing/raw-requests.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"
import { SHORT_HTTP_TIMINGS } from "../testing/test-timings.ts"

let started: StartedGateway
let rig: RawGateway

beforeAll(async () => {
  started = await startGateway({ options: { httpTimings: SHORT_HTTP_TIMINGS } })
  rig = createRawGateway(started)
})
afterAll(() => started[Symbol.asyncDispose]())

const TLS_HELLO = Buffer.from("16030100f8010000f40303", "hex")
const HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"

test.for([
  ["TLS", TLS_HELLO, 400],
  ["HTTP/2", HTTP2_PREFACE, 400],
  ["nothing but line ends", "\r\n".repeat(5_000), 408],
  ["zeros", Buffer.alloc(10_000), 400],
  ["SSH", "SSH-2.0-OpenSSH_9.9\r\n", 400],
  ["SOCKS", Buffer.from("0501000100000000", "hex"), 400],
  ["Redis", "*1\r\n$4\r\nPING\r\n", 400],
  ["WebSocket frames without an upgrade", rawFrame({ payload: HELLO }), 400],
  ["an unknown version", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 400],
  ["HTTP/0.9", "GET /\r\n", 408],
  ["no name of a header", "GET / HTTP/1.1\r\n: x\r\n\r\n", 400],
  ["a folded header", "GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n", 400],
  ["a NUL in a header", "GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n", 400],
  [
    "two lengths",
    "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    400,
  ],
  [
    "a length and chunks",
    "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
    400,
  ],
  [
    "headers of 20 KB",
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
    431,
  ],
  [
    "three thousand headers",
    `GET / HTTP/1.1\r\nHost: localhost\r\n${"X: x\r\n".repeat(3_000)}\r\n`,
    431,
  ],
  ["an address of 20 KB", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
  ["POST with an upgrade", upgradeRequest({ "Content-Length": "0" }, "POST / HTTP/1.1"), 405],
  ["HEAD with an upgrade", upgradeRequest({}, "HEAD / HTTP/1.1"), 405],
  ["CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405],
] as const)(
  "[FR17, T7] %s on the port is answered in HTTP and closed",
  async ([, bytes, status]) => {
    const { answerTo, expectAlive } = rig
    const answer = await answerTo(bytes)
    if (answer !== "") expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).not.toMatch(/node|hono|0\.0\.0-test|\bat .*\.(ts|js):/i)
    await expectAlive()
  },
)

test.for([
  ["// with an upgrade", upgradeRequest({}, "GET // HTTP/1.1"), 404],
  ["/evil with an upgrade", upgradeRequest({}, "GET /evil HTTP/1.1"), 404],
  ["version 12", upgradeRequest({ "Sec-WebSocket-Version": "12" }), 400],
  ["no key", upgradeRequest({ "Sec-WebSocket-Key": undefined }), 400],
  ["no Connection", upgradeRequest({ Connection: undefined }), 400],
  ["a Connection for something else", upgradeRequest({ Connection: "keep-alive" }), 400],
] as const)("[FR16, FR19] an upgrade with %s is refused", async ([, bytes, status]) => {
  const { answerTo, expectAlive } = rig
  const answer = await answerTo(bytes)
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(answer.includes("Sec-WebSocket-Version: 13")).toBe(bytes.includes("Version: 12"))
  await expectAlive()
})

test.for([
  ["two protocols", { Upgrade: "websocket, h2c" }],
  ["two headers", { Upgrade: ["websocket", "h2c"] }],
  ["the same twice", { Upgrade: ["websocket", "websocket"] }],
  ["h2c", { Upgrade: "h2c", "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA" }],
] as const)(
  "[T7] an upgrade to %s is none: the request is answered and nothing is left open",
  async ([, headers]) => {
    const { expectAlive, raw } = rig
    for (let each = 0; each < 70; each += 1) {
      const client = await raw()
      client.write(upgradeRequest({ ...headers, Connection: "Upgrade" }))
      await client.until((text) => text.startsWith("HTTP/1.1 503 ") && text.includes("not built"))
    }
    await expectAlive()
  },
)

test("[HS2] a body that comes byte by byte holds nothing: the answer is there before it", async () => {
  const { answerTo, expectAlive } = rig
  const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
  expect(await answerTo(`${head}x`)).toMatch(/^HTTP\/1\.1 405 /)
  const chunked = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
  expect(await answerTo(chunked)).toMatch(/^HTTP\/1\.1 405 /)
  await expectAlive()
})

test("[HS2] a GET whose body never comes is answered, and its socket closed", async () => {
  const { expectAlive, raw } = rig
  const client = await raw()
  client.write("GET /boot.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nab")
  expect((await client.closed).toString()).toMatch(/^HTTP\/1\.1 200 /)
  await expectAlive()
})

test("[HS2] headers that come byte by byte get 408 though bytes never stop", async () => {
  const { expectAlive, raw } = rig
  const client = await raw()
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n")
  const drip = setInterval(() => client.write("x"), 5)
  expect((await client.closed).toString()).toMatch(/^HTTP\/1\.1 408 /)
  clearInterval(drip)
  await expectAlive()
})

test("[T7] requests that follow one another on a socket are each answered, in order", async () => {
  const { raw } = rig
  const client = await raw()
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
  client.write(get("/boot.json") + get("/nothing") + get("/boot.json"))
  const text = await client.until((all) => all.split("HTTP/1.1 ").length === 4 && all.endsWith("}"))
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200"])
})

test("[H6] an upgrade may follow a request on the same socket, and its hello with it", async () => {
  const { raw } = rig
  const client = await raw()
  client.write("GET /boot.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
  await client.until((text) => text.includes("gatewayId"))
  client.write(Buffer.concat([Buffer.from(upgradeRequest()), rawFrame({ payload: HELLO })]))
  await client.until((text) => text.includes('"hello-ok"'))
})

test("[FR20] half a frame, or half a request, and then the end: nothing waits for the rest", async () => {
  const { expectAlive, open, raw } = rig
  const member = await open()
  member.write(rawFrame({ payload: request("1") }).subarray(0, 10))
  member.socket.end()
  const stranger = await raw()
  stranger.write(upgradeRequest().slice(0, 60))
  stranger.socket.end()
  await member.closed
  expect((await stranger.closed).toString()).toMatch(/^(HTTP\/1\.1 400 |$)/)
  await expectAlive()
})

test("[T6] a message that takes long to arrive is a sign of life, for the pong may wait behind it", async () => {
  const { open } = await startRawGateway({ timings: { pingIntervalMs: 50, pingGraceMs: 50 } })
  const member = await open()
  const message = rawFrame({ payload: `${request("1")}${" ".repeat(9_000)}` })
  let at = 0
  const drip = setInterval(() => {
    member.write(message.subarray(at, at + 1))
    at += 1
  }, 5)
  onTestFinished(() => clearInterval(drip))
  const pings = () => framesOf(member.received()).filter(({ opcode }) => opcode === PING)
  await member.until(() => pings().length === 5)
  clearInterval(drip)
  member.write(message.subarray(at))
  await expectAnswered(member, "1")
})

test("a close that is answered ends the socket, and one that is not, too", async () => {
  const { expectAlive, open } = rig
  const polite = await open()
  polite.write(closeFrame(1001, "going away"))
  expect(await closeOf(polite)).toEqual({ code: 1001, reason: "going away" })
  await polite.closed
  const silent = await open()
  silent.write(rawFrame({ payload: "{" }))
  expect(await closeOf(silent)).toEqual({ code: 1008, reason: "malformed JSON" })
  await silent.closed
  await expectAlive()
})

test("[D1] the end comes while all of them are there", async () => {
  const { gateway, open } = await startRawGateway()
  const port = gateway.port
  const sockets = await Promise.all(Array.from({ length: 8 }, () => connectRaw(port)))
  const [, tls, half, slow, upgraded, pipelined, resetting, sleeping] = sockets
  tls?.write(TLS_HELLO)
  half?.write("GET / HT")
  slow?.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
  upgraded?.write(upgradeRequest())
  pipelined?.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50))
  resetting?.write(upgradeRequest())
  sleeping?.socket.pause()
  const member = await open()
  member.write(rawFrame({ payload: request("1") }))
  await expectAnswered(member, "1")
  resetting?.reset()
  const over = Promise.all(sockets.map(({ closed }) => closed))
  await gateway.end()
  for (const { socket } of sockets) socket.destroy()
  await over
  expect(await closeOf(member)).toEqual({ code: 1012, reason: "service restart" })
  await expect(connectRaw(port)).rejects.toMatchObject({ code: "ECONNREFUSED" })
})
