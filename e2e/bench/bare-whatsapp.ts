// A bare Baileys client with everything in memory: what the library alone costs a message.

import {
  DEFAULT_CONNECTION_CONFIG,
  initAuthCreds,
  makeWASocket,
  WA_CERT_DETAILS,
} from "@whiskeysockets/baileys"
import { createKeyMemory } from "../lab/whatsapp/key-memory.ts"
import type { WhatsappLab } from "../lab/whatsapp/lab.ts"
import { silentLogger } from "../lab/whatsapp/silent-logger.ts"

export async function startBareWhatsapp(lab: WhatsappLab) {
  WA_CERT_DETAILS.PUBLIC_KEY = lab.rootPublicKey
  DEFAULT_CONNECTION_CONFIG.waWebSocketUrl = lab.url
  const auth = { creds: initAuthCreds(), keys: createKeyMemory() }
  const waiting: (() => void)[] = []
  let connection = connect()
  let restarting = true
  await lab.untilActive()
  restarting = false
  await lab.untilSettled()

  function connect() {
    const socket = makeWASocket({
      auth,
      logger: silentLogger,
      syncFullHistory: false,
      markOnlineOnConnect: false,
    })
    socket.ev.on("creds.update", (update) => void Object.assign(auth.creds, update))
    socket.ev.on("connection.update", ({ connection: state, qr }) => {
      if (qr !== undefined) void lab.owner.scan(qr)
      if (state === "close" && restarting) connection = connect()
    })
    socket.ev.on("messages.upsert", ({ messages }) => {
      for (const _ of messages) waiting.shift()?.()
    })
    return socket
  }

  return {
    /** Resolves with the next message. */
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
    stop: async () => connection.end(undefined),
  }
}
