import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import { events, helloOk, responses } from "../../protocol/testing/samples.ts"

/** Sends `frame` to a client that has asked for health, and resolves when it is there. */
async function exchange(frame: unknown): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  server.on("connection", (socket) =>
    socket.on("message", () => socket.send(JSON.stringify(frame))),
  )
  await once(server, "listening")
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await once(client, "open")
  client.send(JSON.stringify({ type: "req", id: "1", method: "health" }))
  const [data] = await once(client, "message")
  client.close()
  await once(client, "close")
  expect(JSON.parse(String(data))).toEqual(frame)
}

test.for([helloOk, ...events, responses[1], { ...responses[0], payload: helloOk.snapshot.health }])(
  "[G2] a frame that the schema allows fails no test (%#)",
  (frame) => exchange(frame),
)

// These pass because what follows each test makes them fail.
test.for([
  ["an event without its number", { type: "event", event: "tick", payload: { ts: 1 } }],
  ["an event of an unknown name", { type: "event", event: "tock", payload: { ts: 1 }, seq: 1 }],
  [
    "null for what is not known",
    { ...events.at(-1), payload: { reason: "x", restartExpectedMs: null } },
  ],
  ["a result that is not the method's", { type: "res", id: "1", ok: true, payload: { ok: true } }],
  ["a frame of a client", { type: "req", id: "1", method: "health" }],
] as const)("[G2] a test fails in which a gateway sends %s", { fails: true }, ([, frame]) =>
  exchange(frame),
)
