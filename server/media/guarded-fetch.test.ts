import type { LookupAddress } from "node:dns"
import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import { type AddressInfo, createServer as createTcpServer } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { GatewayError } from "#protocol"
import { isPublicAddress } from "./address.ts"
import { createGuardedFetch, type GuardedFetchParts } from "./guarded-fetch.ts"

const HERE: LookupAddress = { address: "127.0.0.1", family: 4 }
const PRIVATE: LookupAddress = { address: "127.0.0.2", family: 4 }

/** A server on loopback. */
async function serve(listener: RequestListener) {
  const requests: { url: string | undefined; host: string | undefined }[] = []
  const server = createServer((request, response) => {
    requests.push({ url: request.url, host: request.headers.host })
    listener(request, response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, requests }
}

/** In these tests 127.0.0.1 stands for the public internet, and everything else keeps its place. */
function prepare(options: Partial<GuardedFetchParts> = {}) {
  const looked: string[] = []
  const { lookup = async () => [HERE] } = options
  const fetch = createGuardedFetch({
    maxBytes: 100,
    allowHosts: [],
    isPublic: (address) => address === HERE.address || isPublicAddress(address),
    ...options,
    lookup(host) {
      looked.push(host)
      return lookup(host)
    },
  })
  return {
    looked,
    fetch: (url: string, signal = new AbortController().signal) => fetch(new URL(url), signal),
  }
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const failure = (work: Promise<unknown>): Promise<GatewayError> =>
  work.then(
    () => expect.unreachable("it did not fail"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(GatewayError)
      return error as GatewayError
    },
  )

test("[M5] a file comes with its type and name, from the host that was named", async () => {
  const { port, requests } = await serve((_request, response) => {
    response.setHeader("content-type", "image/png; x=y").end("bytes")
  })
  const { fetch, looked } = prepare()
  const file = await fetch(`http://media.example:${port}/a/c%C3%A4t.png?size=1`)
  expect(file).toMatchObject({ mimeType: "image/png; x=y", name: "cät.png" })
  expect(await text(file.body)).toBe("bytes")
  expect(looked).toEqual(["media.example"])
  expect(requests).toEqual([{ url: "/a/c%C3%A4t.png?size=1", host: `media.example:${port}` }])
})

test.for([
  "http://127.0.0.2/",
  "http://2130706434/",
  "http://0x7f000002/",
  "http://0177.0.0.2/",
  "http://127.2/",
  "http://127.0.0.2./",
  "http://[::1]/",
  "http://[::ffff:127.0.0.2]/",
  "http://[64:ff9b::7f00:2]/",
  "http://0/",
  "http://169.254.169.254/latest/meta-data/",
  "https://10.0.0.1/",
])("[M5, VA12] %s is refused without a look or a connection", async (url) => {
  const { fetch, looked } = prepare()
  const error = await failure(fetch(url))
  expect(error).toMatchObject({ code: "INVALID_REQUEST", reason: "blocked_address" })
  expect(error.message).toContain("mediaUrl")
  expect(looked).toEqual([])
})

test.for([
  ["one private address", [PRIVATE]],
  ["a private address behind a public one", [HERE, PRIVATE]],
  ["an address that is mapped", [{ address: "::ffff:10.0.0.1", family: 6 }]],
] as const)("[M5, VA12] a name with %s is refused", async ([, addresses]) => {
  const { port, requests } = await serve((_request, response) => response.end("secret"))
  const { fetch } = prepare({ lookup: async () => addresses })
  const error = await failure(fetch(`http://evil.example:${port}/`))
  expect(error.reason).toBe("blocked_address")
  expect(requests).toEqual([])
})

test("[M5, VA12] a name that changes its address between two looks is looked at once a connection", async () => {
  const answers = [HERE, PRIVATE]
  const { port, requests } = await serve((_request, response) => {
    response.writeHead(302, { location: "/again" }).end()
  })
  const { fetch, looked } = prepare({ lookup: async () => [answers.shift() ?? PRIVATE] })
  const error = await failure(fetch(`http://rebind.example:${port}/`))
  expect(error.reason).toBe("blocked_address")
  expect(looked).toEqual(["rebind.example", "rebind.example"])
  expect(requests.map(({ url }) => url)).toEqual(["/"])
})

test.for([
  "http://127.0.0.2/",
  "http://[::1]/",
  "//169.254.169.254/latest",
  "https://user:secret@media.example/",
  "file:///etc/passwd",
  "ftp://media.example/",
])("[M5, VA12] a redirect to %s is not followed", async (location) => {
  const { port, requests } = await serve((_request, response) => {
    response.writeHead(307, { location }).end()
  })
  const { fetch } = prepare()
  const error = await failure(fetch(`http://media.example:${port}/`))
  expect(error).toMatchObject({
    code: "INVALID_REQUEST",
    reason: expect.stringMatching(/^(?:blocked_address|unsupported)$/),
  })
  expect(requests).toHaveLength(1)
})

test("[M5] five redirects are followed, and not six", async () => {
  const { port, requests } = await serve((request, response) => {
    const left = Number(request.url?.slice(1))
    if (left === 0) response.end("there")
    else response.writeHead(301, { location: `/${left - 1}` }).end()
  })
  const { fetch } = prepare()
  const file = await fetch(`http://media.example:${port}/5`)
  expect(await text(file.body)).toBe("there")
  expect(requests).toHaveLength(6)
  expect((await failure(fetch(`http://media.example:${port}/6`))).reason).toBe("media_unavailable")
})

test("[M5] a host that the operator allows may be anywhere, and no other", async () => {
  const { port } = await serve((_request, response) => response.end("inside"))
  const { fetch } = prepare({
    allowHosts: ["nas.example", "127.0.0.1"],
    isPublic: isPublicAddress,
  })
  expect(await text((await fetch(`http://NAS.example.:${port}/`)).body)).toBe("inside")
  expect(await text((await fetch(`http://127.0.0.1:${port}/`)).body)).toBe("inside")
  const error = await failure(fetch(`http://other.example:${port}/`))
  expect(error.reason).toBe("blocked_address")
})

test.for([
  [404, false],
  [403, false],
  [429, true],
  [503, true],
] as const)("[M5, VA13] an answer of %i brings no file", async ([status, retryable]) => {
  const { port } = await serve((_request, response) => response.writeHead(status).end("no"))
  const error = await failure(prepare().fetch(`http://media.example:${port}/`))
  expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "media_unavailable", retryable })
  expect(error.message).toContain(String(status))
})

test("[M5, VA13] what is announced as too large, or comes compressed, is not read", async () => {
  const large = await serve((_request, response) => {
    response.writeHead(200, { "content-length": "101" }).write("x")
  })
  const packed = await serve((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).write("x")
  })
  const { fetch } = prepare()
  const error = await failure(fetch(`http://media.example:${large.port}/`))
  expect(error.reason).toBe("media_too_large")
  const other = await failure(fetch(`http://media.example:${packed.port}/`))
  expect(other.reason).toBe("media_unavailable")
})

test("[M5, VA13, WA19] a file that is cut on its way is no file", async () => {
  const { port } = await serve((request, response) => {
    response.writeHead(200, { "content-length": "50" })
    response.write("half", () => request.socket.destroy())
  })
  const file = await prepare().fetch(`http://media.example:${port}/`)
  const error = await failure(text(file.body))
  expect(error).toMatchObject({ reason: "media_unavailable", retryable: true })
})

test("[M5] whoever asked can stop it before and after the answer has begun", async () => {
  const silent = createTcpServer()
  silent.listen(0, "127.0.0.1")
  await once(silent, "listening")
  onTestFinished(() => void silent.close())
  const { fetch } = prepare()
  const late = new GatewayError("UNAVAILABLE", "too late")

  const before = new AbortController()
  const accepted = once(silent, "connection")
  const asked = failure(
    fetch(`http://media.example:${(silent.address() as AddressInfo).port}/`, before.signal),
  )
  const [socket] = await accepted
  before.abort(late)
  expect(await asked).toBe(late)
  socket.destroy()

  const { port } = await serve((_request, response) => void response.write("a beginning"))
  const after = new AbortController()
  const file = await fetch(`http://media.example:${port}/`, after.signal)
  const read = failure(text(file.body))
  after.abort(late)
  await read
})

test("[M5] a name without an address and a port where nobody listens bring no file", async () => {
  const nowhere = prepare({
    lookup: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })),
  })
  const error = await failure(nowhere.fetch("http://nowhere.example/"))
  expect(error).toMatchObject({ reason: "media_unavailable", retryable: true })
  expect(error.message).toContain("ENOTFOUND")
  expect((await failure(prepare().fetch("http://media.example:1/"))).message).toContain("REFUSED")
  const empty = prepare({ lookup: async () => [] })
  expect((await failure(empty.fetch("http://empty.example/"))).reason).toBe("media_unavailable")
})
