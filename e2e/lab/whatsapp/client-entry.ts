// A client in a process of its own, for tests that kill it: Baileys with its defaults, which the preload points at the lab,
// and its own store of files in the folder of the first argument. Says what happens as lines of JSON.

import { makeWASocket, useMultiFileAuthState } from "@whiskeysockets/baileys"
import { quietSignal } from "./quiet-signal.ts"
import { silentLogger } from "./silent-logger.ts"

quietSignal()
const { state: auth, saveCreds } = await useMultiFileAuthState(process.argv[2] ?? "")
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
// Baileys answers some stanzas without waiting for the answer to be sent; if that fails, nobody holds the promise.
process.on("unhandledRejection", (error) => say({ stray: String(error) }))
let saved: Promise<unknown> = Promise.resolve()
start()

function start(): void {
  const socket = makeWASocket({ auth, logger: silentLogger, markOnlineOnConnect: false })
  socket.ev.on("creds.update", () => {
    saved = saved.then(saveCreds)
  })
  socket.ev.on("connection.update", async ({ qr, connection, lastDisconnect }) => {
    if (qr !== undefined) say({ qr })
    if (connection === "open") say({ open: true })
    if (connection !== "close") return
    const error = lastDisconnect?.error as { output?: { statusCode?: number } } | undefined
    const code = error?.output?.statusCode
    say({ closed: code })
    await saved
    if (code === 515) start()
  })
  socket.ev.on("messages.upsert", ({ messages }) => {
    for (const { key, message } of messages) {
      if (message?.conversation) say({ id: key.id, text: message.conversation })
    }
  })
}
