import { once } from "node:events"
import { expect, test } from "vitest"
import { WebSocket } from "ws"
import { LIMITS } from "#protocol"
import { clientFrame, closeCodeOf, connectRaw, upgradeRequest } from "../testing/raw-client.ts"
import { HELLO, startRawGateway } from "../testing/raw-gateway.ts"
import { connectClient } from "../testing/test-client.ts"
import { SHORT_HTTP_TIMINGS } from "../testing/test-timings.ts"

const HEALTH = JSON.stringify({ type: "req", id: "1", method: "health" })
const start = startRawGateway

const statusOf = (answer: string) => Number(answer.slice("HTTP/1.1 ".length, 12))
const bodyOf = (answer: string) => answer.slice(answer.indexOf("\r\n\r\n") + 4)

test("[T1] both ports answer with the same application and take WebSockets", async () => {
  const { gateway } = await start({ options: { webchatPort: 0 } })
  const ports = [gateway.port, gateway.webchatPort ?? 0]
  expect(new Set(ports).size).toBe(2)
  const boots: unknown[] = []
  for (const port of ports) {
    boots.push(await (await fetch(`http://127.0.0.1:${port}/boot.json`)).json())
    const client = await connectClient(`ws://127.0.0.1:${port}/`)
    expect(client.helloOk.snapshot.health.webchat).toEqual({
      state: "open",
      port: gateway.webchatPort,
    })
    await client.close()
  }
  expect(boots[0]).toEqual(boots[1])
})

test("[T1] without a second port the page and the WebSocket are on the control port", async () => {
  const { gateway } = await start()
  expect(gateway.webchatPort).toBeUndefined()
  expect((await fetch(`http://127.0.0.1:${gateway.port}/boot.json`)).status).toBe(200)
})

test("[T1] a second port that is taken leaves the control port working", async () => {
  const { gateway: first } = await start()
  const { expectAlive, gateway } = await start({ options: { webchatPort: first.port } })
  expect(gateway.webchatError?.code).toBe("EADDRINUSE")
  expect(gateway.gateway.health.webchat).toMatchObject({ state: "failed", port: first.port })
  await expectAlive()
})

test("[T2] a binary message is read like a text message, and answered in text", async () => {
  const { gateway } = await start()
  const client = await gateway.connect()
  const answer = new Promise<boolean>((resolve) => {
    client.webSocket.on("message", (data, isBinary) => {
      if (String(data).startsWith('{"type":"res","id":"ö","ok":true')) resolve(isBinary)
    })
  })
  client.webSocket.send(Buffer.from('{"type":"req","id":"ö","method":"system-presence"}'))
  expect(await answer).toBe(false)
})

test.for([
  ["text", 1, [0xc3, 0x28]],
  ["text with a surrogate", 1, [0xed, 0xa0, 0x80]],
  ["binary", 2, [0x22, 0xc3, 0x28, 0x22]],
  ["binary cut in a character", 2, [0x22, 0xe2, 0x82]],
] as const)("[T2] invalid UTF-8 in %s closes 1007", async ([, opcode, bytes]) => {
  const { expectAlive, open } = await start()
  const client = await open()
  client.write(clientFrame(Uint8Array.from(bytes), { opcode }))
  client.write(clientFrame(Buffer.from([0x03, 0xe8]), { opcode: 8 }))
  expect(closeCodeOf(await client.closed)).toBe(1007)
  await expectAlive()
})

test.for([
  ["a byte order mark in text", 1],
  ["a byte order mark in binary", 2],
] as const)("[T2, R4] %s makes the JSON malformed", async ([, opcode]) => {
  const { open } = await start()
  const client = await open()
  client.write(clientFrame(`\uFEFF${HEALTH}`, { opcode }))
  client.write(clientFrame(Buffer.from([0x03, 0xf0]), { opcode: 8 }))
  const all = await client.closed
  expect(closeCodeOf(all)).toBe(1008)
  expect(all.toString("latin1")).toContain("malformed JSON")
})

test("[T4, HS15] more than 64 KiB before hello closes 1009 without a frame", async () => {
  const { expectAlive, gateway } = await start()
  const webSocket = new WebSocket(gateway.url)
  const received: string[] = []
  webSocket.on("message", (data) => received.push(String(data)))
  webSocket.on("error", () => undefined)
  await once(webSocket, "open")
  webSocket.send("x".repeat(LIMITS.maxHelloBytes + 1))
  const [code] = await once(webSocket, "close")
  expect(code).toBe(1009)
  expect(received).toEqual([])
  await expectAlive()
})

test("[T4, HS14, HS23] fragments and names count towards the 64 KiB too", async () => {
  const { open, raw } = await start()
  const slow = await raw()
  slow.write(upgradeRequest())
  for (let sent = 0; sent < LIMITS.maxHelloBytes; sent += 1_000) {
    slow.write(clientFrame("x".repeat(1_000), { opcode: sent === 0 ? 1 : 0, fin: false }))
  }
  expect(closeCodeOf(await slow.closed)).toBe(1009)
  await open()
})

test("[T4] after hello a message may have 8 MiB, and one byte more closes 1009", async () => {
  const { gateway } = await start()
  const client = await gateway.connect()
  const padded = (bytes: number) =>
    JSON.stringify({ type: "req", id: "padded", method: "system-presence" }).padEnd(bytes)
  client.webSocket.send(padded(LIMITS.maxPayloadBytes))
  await client.call("health")
  expect(client.received.some((text) => text.includes('"id":"padded","ok":true'))).toBe(true)
  client.webSocket.send(padded(LIMITS.maxPayloadBytes + 1))
  expect(await client.closed).toEqual({ code: 1009, reason: "" })
})

test("[T4, H6] what follows hello in its chunk does not count as hello", async () => {
  const { raw } = await start()
  const client = await raw()
  const long = JSON.stringify({
    type: "req",
    id: "long",
    method: "agent",
    params: { message: "x".repeat(200_000), idempotencyKey: "k" },
  })
  client.write(upgradeRequest())
  await client.until((text) => text.includes("101 Switching"))
  client.write(Buffer.concat([clientFrame(HELLO), clientFrame(long)]))
  await client.until((text) => text.includes('"accepted"'))
})

test("[H6, HS18] hello and a request in one segment, even with the upgrade: hello-ok, then the answer", async () => {
  const { raw } = await start()
  const client = await raw()
  client.write(
    Buffer.concat([Buffer.from(upgradeRequest()), clientFrame(HELLO), clientFrame(HEALTH)]),
  )
  const text = await client.until((all) => all.includes('"type":"res"'))
  expect(text.indexOf('"hello-ok"')).toBeGreaterThan(0)
  expect(text.indexOf('"type":"res"')).toBeGreaterThan(text.indexOf('"hello-ok"'))
  expect(text.slice(0, text.indexOf('"hello-ok"'))).not.toContain('"type":"event"')
})

test("[HS14] a hello in a thousand fragments is accepted", async () => {
  const { raw } = await start()
  const client = await raw()
  client.write(upgradeRequest())
  const hello = HELLO.padEnd(1_000)
  const frames = [...hello].map((char, at) =>
    clientFrame(char, { opcode: at === 0 ? 1 : 0, fin: at === hello.length - 1 }),
  )
  client.write(Buffer.concat(frames))
  await client.until((text) => text.includes('"hello-ok"'))
})

test.for([
  ["no Host", upgradeRequest({ Host: undefined }), 400],
  ["two Hosts", upgradeRequest({ Host: ["127.0.0.1", "evil.example"] }), 400],
  ["another Host", upgradeRequest({ Host: "evil.example" }), 403],
  ["an empty Host", upgradeRequest({ Host: "" }), 403],
  ["a list of Hosts", upgradeRequest({ Host: "localhost, evil.example" }), 403],
  ["a port that is none", upgradeRequest({ Host: "localhost:99999" }), 403],
  ["a user in Host", upgradeRequest({ Host: "user@localhost" }), 403],
  ["another form of loopback", upgradeRequest({ Host: "[::ffff:127.0.0.1]" }), 403],
  ["another Origin", upgradeRequest({ Origin: "https://evil.example" }), 403],
  ["another path", upgradeRequest({}, "GET /evil HTTP/1.1"), 404],
  ["the path //", upgradeRequest({}, "GET // HTTP/1.1"), 404],
  ["an absolute target", upgradeRequest({}, "GET http://127.0.0.1/ HTTP/1.1"), 400],
  ["a token in the query", upgradeRequest({}, "GET /?token=x HTTP/1.1"), 400],
  ["POST", upgradeRequest({ "Content-Length": "0" }, "POST / HTTP/1.1"), 405],
  ["an old version", upgradeRequest({ "Sec-WebSocket-Version": "12" }), 400],
  ["no key", upgradeRequest({ "Sec-WebSocket-Key": undefined }), 400],
  ["headers that are too long", upgradeRequest({ X: "x".repeat(20_000) }), 431],
  ["garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400],
] as const)(
  "[T7] an upgrade with %s is answered in HTTP and closed",
  async ([, request, status]) => {
    const { answerTo, expectAlive } = await start()
    const answer = await answerTo(Buffer.from(request, "latin1"))
    expect(statusOf(answer)).toBe(status)
    expect(bodyOf(answer).trim().split("\n").length).toBe(1)
    expect(answer).not.toMatch(/0\.0\.0-test|node|hono|\/tmp/i)
    expect(answer).not.toContain(process.cwd())
    await expectAlive()
  },
)

test.for([
  [
    "h2c",
    upgradeRequest({
      Upgrade: "h2c",
      Connection: "Upgrade, HTTP2-Settings",
      "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA",
    }),
  ],
  ["//", "GET // HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["/%zz", "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["/a%00b", "GET /a%00b HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["a climb", "GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["8 KiB", `GET /${"x".repeat(8_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
] as const)(
  "[T7] GET %s is answered without a secret, and the gateway lives",
  async ([, request]) => {
    const { answerTo, expectAlive } = await start()
    const answer = await answerTo(request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
    expect([200, 400, 404, 503]).toContain(statusOf(answer))
    expect(answer).not.toMatch(/root:|0\.0\.0-test|\bat .*\.(ts|js):/)
    await expectAlive()
  },
)

test("[T7] every POST is 405 and names what is allowed, and a GET has no effect", async () => {
  const { gateway } = await start()
  for (const path of ["/", "/boot.json", "/nothing"]) {
    const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, { method: "POST" })
    expect(response.status).toBe(405)
    expect(response.headers.get("allow")).toBe("GET, HEAD")
    await response.body?.cancel()
  }
})

test("[T7] what every page is sent with keeps other sites out", async () => {
  const { gateway } = await start()
  const { headers } = await fetch(`http://127.0.0.1:${gateway.port}/boot.json`)
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'")
  expect(headers.get("x-frame-options")).toBe("DENY")
  expect(headers.get("access-control-allow-origin")).toBeNull()
})

test("[HS3] a reset between the upgrade request and its answer does no harm", async () => {
  const { expectAlive, gateway, raw } = await start()
  const clients = await Promise.all(Array.from({ length: 50 }, raw))
  for (const [index, client] of clients.entries()) {
    client.write(upgradeRequest())
    if (index % 2 === 0) client.write(clientFrame(HELLO))
    client.reset()
  }
  await Promise.all(clients.map((client) => client.closed))
  await expectAlive()
  const client = await gateway.connect()
  await client.event("presence", ({ presence }) => presence.length === 2)
  await gateway.end()
  expect(await client.closed).toMatchObject({ code: 1012 })
})

test("[HS2] a socket that says nothing, or little by little, gets 408 and is closed", async () => {
  const { raw } = await start({ options: { httpTimings: SHORT_HTTP_TIMINGS } })
  const silent = await raw()
  const slow = await raw()
  slow.write("GET / HTTP/1.1\r\nHost: loc")
  expect((await slow.closed).toString()).toMatch(/^HTTP\/1\.1 408/)
  expect((await silent.closed).toString()).toMatch(/^(HTTP\/1\.1 408|$)/)
})

test("[HS16] the 65th socket that waits is turned away, those that have said hello are not touched", async () => {
  const { gateway, raw } = await start({ divideBy: 1 })
  const member = await gateway.connect()
  const waiting = await Promise.all(Array.from({ length: LIMITS.maxPendingConnections }, raw))
  for (const client of waiting.slice(0, 32)) client.write(upgradeRequest())
  await Promise.all(
    waiting.slice(0, 32).map((client) => client.until((all) => all.includes("101"))),
  )

  const late = await raw()
  late.write(upgradeRequest())
  const answer = (await late.closed).toString()
  expect(statusOf(answer)).toBe(503)
  expect(bodyOf(answer)).toBe("too many pending connections\n")
  expect(answer).toMatch(/retry-after: 1/i)
  expect(await member.call("system-presence")).toBeInstanceOf(Array)

  waiting[0]?.write(clientFrame(HELLO))
  await waiting[0]?.until((all) => all.includes('"hello-ok"'))
  const next = await gateway.connect()
  expect(next.helloOk.type).toBe("hello-ok")
})

test("[HS17] the 1,025th connection is turned away until another one leaves", {
  // A thousand clients are a lot of work where others work too.
  timeout: 600_000,
}, async () => {
  const { gateway, raw } = await start({ divideBy: 1 })
  const clients: Awaited<ReturnType<typeof gateway.connect>>[] = []
  for (let at = 0; at < LIMITS.maxConnections; at += 32) {
    clients.push(...(await Promise.all(Array.from({ length: 32 }, () => gateway.connect()))))
  }
  const late = await raw()
  late.write(upgradeRequest())
  const answer = (await late.closed).toString()
  expect(statusOf(answer)).toBe(503)
  expect(bodyOf(answer)).toBe("connection limit\n")

  const left = clients[0]
  await left?.close()
  let accepted = false
  while (!accepted) {
    accepted = await gateway.connect().then(
      () => true,
      () => false,
    )
  }
})

test("[D1] after the stop has begun nothing new is taken, and half-open sockets do not hold it up", async () => {
  const gate = Promise.withResolvers<void>()
  const { gateway, raw } = await start({ script: [{ wait: gate.promise }], divideBy: 4 })
  const silent = await raw()
  const upgraded = await raw()
  upgraded.write(upgradeRequest())
  await upgraded.until((all) => all.includes("101"))
  const client = await gateway.connect()
  const accepted = Promise.withResolvers<void>()
  const final = client.request("agent", { message: "x", idempotencyKey: "k" }, () =>
    accepted.resolve(),
  )
  await accepted.promise
  const ended = gateway.end()
  await expect(connectRaw(gateway.port)).rejects.toMatchObject({ code: "ECONNREFUSED" })
  const refused = (await upgraded.closed.catch(() => Buffer.alloc(0))).toString("latin1")
  expect(refused).toContain('"code":"UNAVAILABLE"')
  gate.resolve()
  expect(await final).toMatchObject({ status: "ok" })
  await ended
  silent.reset()
})

test("[AU15, P2] through a proxy that is trusted a client comes in, and presence shows where it is", async () => {
  const policy = { allowedHosts: [], allowedOrigins: [], trustedProxies: ["127.0.0.1"] }
  const { gateway, raw } = await start({ options: { policy } })
  const client = await raw()
  client.write(upgradeRequest({ "X-Forwarded-For": "6.6.6.6, 100.64.0.7", Via: "1.1 proxy" }))
  client.write(clientFrame(HELLO))
  await client.until((text) => text.includes('"hello-ok"'))
  const direct = await gateway.connect()
  const presence = await direct.request("system-presence", {})
  expect(presence.map(({ ip }) => ip).filter((ip) => ip !== undefined)).toEqual(["100.64.0.7"])
})
