import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import { createProxyAgent } from "./proxy-agent.ts"

const URL = "wss://web.whatsapp.example/ws/chat"

test("a proxy of the environment is asked for a tunnel", async () => {
  const asked: unknown[] = []
  const proxy = createServer().listen(0, "127.0.0.1")
  onTestFinished(() => void proxy.close())
  proxy.on("connect", (request, socket) => {
    asked.push(request.url)
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n")
  })
  await once(proxy, "listening")
  const { port } = proxy.address() as AddressInfo
  const agent = createProxyAgent({ HTTPS_PROXY: `http://127.0.0.1:${port}` }, URL)
  const socket = new WebSocket(URL, { ...(agent && { agent }) })
  await once(socket, "error").catch(() => undefined)
  expect(asked).toEqual(["web.whatsapp.example:443"])
})

test("without one, and without encryption, there is no agent", () => {
  expect(createProxyAgent({}, URL)).toBeUndefined()
  expect(createProxyAgent({ HTTPS_PROXY: "" }, URL)).toBeUndefined()
  expect(
    createProxyAgent({ HTTPS_PROXY: "http://127.0.0.1:1" }, "ws://127.0.0.1:1"),
  ).toBeUndefined()
})
