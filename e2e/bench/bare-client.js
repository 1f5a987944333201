// The baseline of a command that asks the gateway something: connect, ask, print, leave.

import { WebSocket } from "ws"

const socket = new WebSocket(process.argv[2] ?? "")
socket.on("open", () => socket.send("hello"))
socket.on("message", (data) => {
  process.stdout.write(`${data}\n`)
  socket.close()
})
