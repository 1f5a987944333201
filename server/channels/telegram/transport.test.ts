import { createServer as createPlainServer, type RequestListener, type Server } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { type AddressInfo, connect, type Socket } from "node:net"
import { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { expect, onTestFinished, test } from "vitest"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createBotApi } from "./bot-api.ts"
import { TelegramError } from "./failure.ts"
import { findRoute } from "./proxy.ts"
import { TOKEN } from "./stub-bot-api.ts"
import { createTransport } from "./transport.ts"

// For api.telegram.test, trusted by nobody but these tests.
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBrjCCAVOgAwIBAgIUfO7aqMiem0ZHcGvfCRAVz2f7DRUwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRYXBpLnRlbGVncmFtLnRlc3QwIBcNMjYxMTIyMjI1MTI4WhgP
MjEyNjEwMjkyMjUxMjhaMBwxGjAYBgNVBAMMEWFwaS50ZWxlZ3JhbS50ZXN0MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdnsVPLnbYlIub/KsHaS1lQ5xG0Z/Qdfy
n2U1k2qCBi9QjATSln7E8skhTiy+f95tqddM7H4Vg6vg/8AIiVC/IaNxMG8wHQYD
VR0OBBYEFO9ZBZV+WCu5QVkFxXJ69srNbKO9MB8GA1UdIwQYMBaAFO9ZBZV+WCu5
QVkFxXJ69srNbKO9MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRYXBpLnRl
bGVncmFtLnRlc3QwCgYIKoZIzj0EAwIDSQAwRgIhAKPY9v1D+MdHJO+L301CVrmx
v6DpYYS1QJ/Kbt/jLFkJAiEA8hvLEUGvgn0jFJZcBd67KLjwHVwDKN/WGkyPWz7A
Rw8=
-----END CERTIFICATE-----`
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvQXLhmKqyj8gat+p
6o0qhS88v9OtIWkXJPWLOMHWeyWhRANCAAR2exU8udtiUi5v8qwdpLWVDnEbRn9B
1/KfZTWTaoIGL1CMBNKWfsTyySFOLL5/3m2p10zsfhWDq+D/wAiJUL8h
-----END PRIVATE KEY-----`

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return (server.address() as AddressInfo).port
}

/** The Bot API as it is reached from outside: encrypted, under a name that only the proxy knows. */
function startService(answer: RequestListener = ok): Promise<number> {
  return listen(createSecureServer({ cert: CERTIFICATE, key: KEY }, answer))
}

const ok: RequestListener = (request, response) => {
  request.resume().on("end", () => response.end('{"ok":true,"result":true}'))
}

type Tunnel = (to: Socket) => void

/** A proxy on loopback that opens a tunnel to the service, or does to the client what a test wants. */
async function startProxy(tunnel: Tunnel, plain: RequestListener = ok) {
  const asked: string[] = []
  const proxy = createPlainServer((request, response) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"]}`)
    plain(request, response)
  })
  proxy.on("connect", (request, client: Socket) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"]}`)
    client.on("error", () => client.destroy())
    tunnel(client)
  })
  return { port: await listen(proxy), asked }
}

function tunnelTo(port: number): Tunnel {
  return (client) => {
    const service = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n")
      client.pipe(service).pipe(client)
    })
    service.on("error", () => client.destroy())
  }
}

function apiThrough(setting: string, apiRoot = "https://api.telegram.test") {
  const clock = createManualClock()
  const route = findRoute({ target: apiRoot, setting, environment: {} })
  const transport = createTransport({ clock, route, connectTimeoutMs: 20_000, ca: CERTIFICATE })
  onTestFinished(() => transport.close())
  const api = createBotApi({
    token: TOKEN,
    apiRoot,
    clock,
    random: () => 0,
    floodMs: 1_000,
    onTokenRejected: () => undefined,
    transport,
  })
  const send = (signal = new AbortController().signal) =>
    api.call("sendMessage", { chat_id: 42, text: "hello" }, { timeoutMs: 45_000, signal })
  return { api, clock, send, transport }
}

async function causeOf(call: Promise<unknown>) {
  const error = await call.then(
    () => new Error("It did not fail."),
    (reason: unknown) => reason,
  )
  if (!(error instanceof TelegramError) || error.failure.kind === "refused") throw error
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain("secret")
  return [error.failure.kind, error.failure.cause]
}

test("calls go through a proxy, with its user, and connections are used again", async () => {
  const { port, asked } = await startProxy(tunnelTo(await startService()))
  const { send } = apiThrough(`http://me:secret@127.0.0.1:${port}`)
  expect(await send()).toBe(true)
  expect(await send()).toBe(true)
  const user = Buffer.from("me:secret").toString("base64")
  expect(asked).toEqual([`api.telegram.test:443 Basic ${user}`])
})

test("an unencrypted Bot API is reached through a proxy as well", async () => {
  const { port, asked } = await startProxy(() => undefined)
  const { send } = apiThrough(`http://127.0.0.1:${port}`, "http://bots.test")
  expect(await send()).toBe(true)
  expect(asked).toEqual([`http://bots.test/bot${TOKEN}/sendMessage undefined`])
})

test("[TG15] a proxy that is down, refuses or breaks off is named without its user", async () => {
  const refuse: Tunnel = (client) =>
    client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
  const { port: refusing } = await startProxy(refuse)
  const { port: leaving } = await startProxy((client) => client.destroy())
  const { port: plain } = await startProxy(refuse, (_, response) => response.writeHead(407).end())
  const through = (port: number, apiRoot?: string) =>
    causeOf(apiThrough(`http://me:secret@127.0.0.1:${port}`, apiRoot).send())
  expect(await through(1)).toEqual([
    "unreached",
    "cannot connect through the proxy 127.0.0.1:1 (ECONNREFUSED)",
  ])
  expect(await through(refusing)).toEqual([
    "unreached",
    `the proxy 127.0.0.1:${refusing} refused (407)`,
  ])
  expect(await through(leaving)).toEqual([
    "unreached",
    `cannot connect through the proxy 127.0.0.1:${leaving} (ERR_PROXY_TUNNEL)`,
  ])
  expect(await through(plain, "http://bots.test")).toEqual([
    "unreached",
    `the proxy 127.0.0.1:${plain} refused (407)`,
  ])
  expect(await causeOf(apiThrough("socks5://me:secret@127.0.0.1:1").send())).toEqual([
    "unreached",
    "the proxy 127.0.0.1:1 is of the kind socks5, not http or https",
  ])
})

test("[TG15] a proxy that never answers is given up, and nothing was sent", async () => {
  const asked = Promise.withResolvers<void>()
  const { port } = await startProxy(() => asked.resolve())
  const { clock, send } = apiThrough(`http://127.0.0.1:${port}`)
  const failed = causeOf(send())
  await asked.promise
  await clock.advance(20_000)
  expect(await failed).toEqual([
    "unreached",
    `cannot connect through the proxy 127.0.0.1:${port} (too slow)`,
  ])
  expect(clock.waiting).toBe(0)
})

test("[TG7] a caller who gives up while a connection is made knows that nothing was sent", async () => {
  const asked = Promise.withResolvers<void>()
  const { port } = await startProxy(() => asked.resolve())
  const { clock, send } = apiThrough(`http://127.0.0.1:${port}`)
  const caller = new AbortController()
  const failed = causeOf(send(caller.signal))
  await asked.promise
  caller.abort()
  expect(await failed).toEqual([
    "unreached",
    `cannot connect through the proxy 127.0.0.1:${port} (given up)`,
  ])
  expect(clock.waiting).toBe(0)
})

test("a connection that breaks behind the proxy leaves the outcome open", async () => {
  const service = await startService((request) => {
    request.resume().on("end", () => request.socket.destroy())
  })
  const { port } = await startProxy(tunnelTo(service))
  expect(await causeOf(apiThrough(`http://127.0.0.1:${port}`).send())).toEqual([
    "unanswered",
    `connection lost through the proxy 127.0.0.1:${port} (ECONNRESET)`,
  ])
})

test("[TG7] a certificate that is not trusted means that nothing was sent", async () => {
  const port = await startService()
  const { send } = apiThrough("http://127.0.0.1:1", `https://127.0.0.1:${port}`)
  expect((await causeOf(send()))[0]).toBe("unreached")
  const clock = createManualClock()
  const direct = createTransport({ clock, route: { by: "direct" }, connectTimeoutMs: 20_000 })
  onTestFinished(() => direct.close())
  const { signal } = new AbortController()
  await expect(direct.download(`https://127.0.0.1:${port}/`, signal)).rejects.toThrow(
    "cannot connect (DEPTH_ZERO_SELF_SIGNED_CERT)",
  )
})

test("a body that fails while it is sent ends the call, and one that is sent comes whole", async () => {
  const bodies: Promise<string>[] = []
  const port = await listen(
    createPlainServer((request, response) => {
      bodies.push(text(request).catch(() => "cut"))
      ok(request, response)
    }),
  )
  const clock = createManualClock()
  const transport = createTransport({ clock, route: { by: "direct" }, connectTimeoutMs: 20_000 })
  onTestFinished(() => transport.close())
  const post = (body: Readable) =>
    transport.fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      body,
      signal: new AbortController().signal,
    } as never)
  const { json } = await post(Readable.from(["one ", "two"]))
  expect(await json()).toEqual({ ok: true, result: true })
  async function* broken() {
    yield "one "
    throw new Error("the disk failed")
  }
  await expect(post(Readable.from(broken()))).rejects.toThrow()
  expect(await bodies[0]).toBe("one two")
})

test("a download is read as it comes, and one that is cut ends with an error", async () => {
  const port = await listen(
    createPlainServer((request, response) => {
      response.writeHead(200, { "content-length": 6 })
      if (request.url === "/whole") response.end("abcdef")
      else response.write("abc", () => response.socket?.destroySoon())
    }),
  )
  const clock = createManualClock()
  const transport = createTransport({ clock, route: { by: "direct" }, connectTimeoutMs: 20_000 })
  onTestFinished(() => transport.close())
  const { signal } = new AbortController()
  const read = async (path: string) => {
    const { body } = await transport.download(`http://127.0.0.1:${port}/${path}`, signal)
    return text(Readable.from(body))
  }
  expect(await read("whole")).toBe("abcdef")
  await expect(read("cut")).rejects.toThrow("aborted")
})

test("[WA23] what the service's clock says is taken from its answers, and goes on from there", async () => {
  const clock = createManualClock()
  const transport = createTransport({ clock, route: { by: "direct" }, connectTimeoutMs: 20_000 })
  onTestFinished(() => transport.close())
  const dates = ["Sat, 03 Jan 2026 10:00:00 GMT", "soon"]
  const server = createPlainServer((_, response) => {
    response.setHeader("date", dates.shift() ?? "")
    response.end("{}")
  })
  const url = `http://127.0.0.1:${await listen(server)}/`
  const ask = async () => {
    const { body } = await transport.download(url, new AbortController().signal)
    for await (const _ of body);
  }
  expect(transport.serviceNow()).toBeUndefined()
  await ask()
  await clock.advance(2_000)
  expect(transport.serviceNow()).toBe(Date.UTC(2026, 0, 3, 10, 0, 2))
  await ask()
  expect(transport.serviceNow()).toBe(Date.UTC(2026, 0, 3, 10, 0, 2))
})
