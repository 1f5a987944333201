import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { createFetch } from "./proxied-fetch.ts"

/** A proxy that answers every question for a tunnel as it likes. */
async function startProxy(refuse: (client: Socket) => void) {
  const asked: unknown[] = []
  const proxy = createServer().listen(0, "127.0.0.1")
  onTestFinished(() => void proxy.close())
  proxy.on("connect", (request, client: Socket) => {
    asked.push(request.url)
    client.on("error", () => undefined)
    refuse(client)
  })
  await once(proxy, "listening")
  const { port } = proxy.address() as AddressInfo
  return { asked, fetch: createFetch({ HTTPS_PROXY: `http://127.0.0.1:${port}` }) }
}

const URL = "https://mmg.whatsapp.example/file?x=1"

test("a proxy that refuses, or ends, fails what was asked, and nothing goes around it", async () => {
  const refusing = await startProxy((client) => client.end("HTTP/1.1 403 Forbidden\r\n\r\n"))
  await expect(refusing.fetch(URL, {})).rejects.toThrow()
  expect(refusing.asked).toEqual(["mmg.whatsapp.example:443"])
  const leaving = await startProxy((client) => client.destroy())
  await expect(leaving.fetch(URL, {})).rejects.toThrow()
})

test("a proxy that never answers is given up when what was asked is not wanted any more", async () => {
  const over = new AbortController()
  const { asked, fetch } = await startProxy(() => over.abort())
  await expect(fetch(URL, { signal: over.signal })).rejects.toMatchObject({ name: "AbortError" })
  expect(asked).toHaveLength(1)
})
