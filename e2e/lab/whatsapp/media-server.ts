// The host that media are uploaded to and fetched from. The clients insist on https.

import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import type { Certificate } from "./certificate.ts"
import type { Media } from "./media.ts"

export type MediaServer = Awaited<ReturnType<typeof startMediaServer>>

export async function startMediaServer(media: Media, { key, cert }: Certificate) {
  const server = createServer({ key, cert }, async (request, response) => {
    const url = new URL(request.url ?? "/", `https://${request.headers.host}`)
    if (request.method === "POST") {
      media.put(url.pathname, await buffer(request))
      const answer = { url: `${url.origin}${url.pathname}`, direct_path: url.pathname }
      response.end(JSON.stringify(answer))
      return
    }
    const file = media.get(url.pathname)
    if (file === undefined) response.writeHead(404)
    response.end(file)
  })
  server.listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}
