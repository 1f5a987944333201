// The baseline: the least that a WebSocket server in Node can be, in plain JavaScript. It answers any message alike.

import { WebSocketServer } from "ws"

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  process.stdout.write(`control ws://127.0.0.1:${address.port}\nready in 0 ms\n`)
})
const answer = JSON.stringify({
  type: "res",
  id: "1",
  ok: true,
  payload: { padding: "x".repeat(1_500) },
})
server.on("connection", (socket) => {
  socket.on("message", () => socket.send(answer))
})
