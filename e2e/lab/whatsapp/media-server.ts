// The host that media are uploaded to and fetched from. The clients insist on https.

import type { ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import type { Certificate } from "./certificate.ts"
import type { Media } from "./media.ts"

export type MediaServer = Awaited<ReturnType<typeof startMediaServer>>

export async function startMediaServer(media: Media, { key, cert }: Certificate) {
  const server = createServer({ key, cert }, async (request, response) => {
    const url = new URL(request.url ?? "/", `https://${request.headers.host}`)
    const uploading = request.method === "POST"
    const sent = uploading ? await buffer(request) : undefined
    const fault = media.takeFault(uploading ? "upload" : "download")
    if (fault === "hang") return
    if (fault === "error") return answer(response, 500)
    if (sent !== undefined) media.put(url.pathname, sent)
    const file =
      sent === undefined
        ? media.get(url.pathname)
        : Buffer.from(JSON.stringify({ url: url.origin + url.pathname, direct_path: url.pathname }))
    if (file === undefined) return answer(response, 404)
    if (fault === undefined) return answer(response, 200, file)
    response.writeHead(200, { "content-length": file.length })
    response.write(file.subarray(0, file.length >> 1), () => response.socket?.destroySoon())
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

function answer(response: ServerResponse, status: number, body?: Buffer): void {
  response.writeHead(status)
  response.end(body)
}
