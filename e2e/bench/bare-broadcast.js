// The baseline of a storm: a WebSocket server that answers what it is asked and, told to, sends to all and
// sends again.

import { WebSocketServer } from "ws"

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  process.stdout.write(`control ws://127.0.0.1:${address.port}\nready in 0 ms\n`)
})
const answer = JSON.stringify({ type: "res", id: "call", ok: true, payload: "x".repeat(1_000) })
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const storm = /^storm (\d+) frames of (\d+) bytes each (\d+) ms$/.exec(String(data))
    if (storm === null) {
      socket.send(answer)
      return
    }
    const [frames, bytes, everyMs] = storm.slice(1).map(Number)
    const text = "x".repeat(bytes ?? 0)
    setInterval(() => {
      for (let frame = 0; frame < (frames ?? 0); frame += 1) {
        for (const client of server.clients) client.send(text)
      }
    }, everyMs)
  })
})
