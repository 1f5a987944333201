// A gateway with a picture in its workspace and a web server on loopback from which it may fetch.

import { once } from "node:events"
import { mkdir, readdir, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { type StartOptions, startGateway } from "./start-gateway.ts"

export const PNG = Buffer.from("\x89PNG\r\n\x1a\n and the rest", "latin1")

export async function startWithMedia(options: StartOptions = {}) {
  const gateway = await startGateway({
    ...options,
    media: { allowHosts: ["127.0.0.1"], ...options.media },
  })
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect({ caps: ["runs"] })
  const workspace = join(gateway.stateDir, "workspace")
  await mkdir(workspace, { recursive: true })
  const picture = join(workspace, "cat.png")
  await writeFile(picture, PNG)
  /** Until this many messages have gone out. */
  const sent = async (count: number) => {
    while (gateway.channel.sent.length < count) await client.call("system-presence")
    return gateway.channel.sent
  }
  const files = () => readdir(join(gateway.stateDir, "media"))
  return { client, files, gateway, picture, sent }
}

/** What the web holds: a picture, unless `/missing` is asked for; it waits while it is held. */
export async function openWeb() {
  let requests = 0
  let held = Promise.resolve()
  const server = createServer((request, response) => {
    requests += 1
    void held.then(() => {
      if (request.url === "/missing") response.writeHead(404).end()
      else response.setHeader("content-type", "image/png").end(PNG)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
  }
}
