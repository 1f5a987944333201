// For one test each: a lab, and real Baileys clients in this process that talk to it.

import { getCACertificates, setDefaultCACertificates } from "node:tls"
import {
  type AuthenticationState,
  type ConnectionState,
  DEFAULT_CONNECTION_CONFIG,
  makeWASocket,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WAMessage,
} from "@whiskeysockets/baileys"
import { onTestFinished } from "vitest"
import { createCertificate } from "./certificate.ts"
import { createEvents } from "./events.ts"
import { startWhatsappLab, type WhatsappLabOptions } from "./lab.ts"
import { createLinkedAuth } from "./linked-auth.ts"
import { silentLogger } from "./silent-logger.ts"

// One for all labs of a process, because Node keeps the list of trusted certificates that the first request has met.
const CERTIFICATE = createCertificate()

export async function startLab(options: WhatsappLabOptions = {}) {
  const lab = await startWhatsappLab({ certificate: CERTIFICATE, ...options })
  onTestFinished(() => lab.stop())
  WA_CERT_DETAILS.PUBLIC_KEY = lab.rootPublicKey
  DEFAULT_CONNECTION_CONFIG.waWebSocketUrl = lab.url
  setDefaultCACertificates([...getCACertificates("default"), lab.certificate])
  const ada = lab.addPerson({ number: "15550111", name: "Ada" })
  return { lab, ada, owner: lab.owner }
}

/** A linked client that is logged in and has had its history. */
export async function startLinked(options: WhatsappLabOptions = {}) {
  const started = await startLab(options)
  const { auth } = await createLinkedAuth(started.owner)
  const client = connect(auth)
  await client.until(({ connection }) => connection === "open")
  await started.lab.untilActive()
  await client.greeted
  await started.lab.untilSettled()
  return { ...started, auth, client }
}

export async function link(owner: { scan(qr: string): Promise<void> }, auth: AuthenticationState) {
  const pairing = connect(auth)
  const { qr = "" } = await pairing.until((update) => update.qr !== undefined)
  await owner.scan(qr)
  return pairing.closed
}

/** Named, because the compiler cannot spell it out: parts of it are of packages that we do not have. */
interface Socket extends ReturnType<typeof makeWASocket> {}

type Upsert = { readonly type: string; readonly message: WAMessage }

/** One socket of one client; it is closed with the test. */
export function connect(auth: AuthenticationState, config: Partial<UserFacingSocketConfig> = {}) {
  const events = createEvents()
  const updates: Partial<ConnectionState>[] = []
  const upserts: Upsert[] = []
  const socket: Socket = makeWASocket({
    auth,
    logger: silentLogger,
    syncFullHistory: false,
    markOnlineOnConnect: false,
    retryRequestDelayMs: 1,
    ...config,
  })
  socket.ev.on("creds.update", (update) => void Object.assign(auth.creds, update))
  socket.ev.on("connection.update", (update) => {
    updates.push(update)
    events.emit({ type: "change" })
  })
  socket.ev.process((batch) => {
    const upsert = batch["messages.upsert"]
    for (const message of upsert?.messages ?? [])
      upserts.push({ type: upsert?.type ?? "", message })
    // Later listeners of the same batch, those of the tests, have their turn first.
    queueMicrotask(() => events.emit({ type: "change" }))
  })
  onTestFinished(() => socket.end(undefined))

  const until = (fits: (update: Partial<ConnectionState>) => boolean) =>
    events.waitFor(() => updates.find(fits))

  return {
    auth,
    socket,
    upserts,
    updates,
    until,
    waitFor: events.waitFor,

    /** The first login's history has come; later logins get none. */
    get greeted() {
      return events.waitFor(() => (auth.creds.accountSyncCounter ?? 0) > 0)
    },

    /** The status code with which the connection ended. */
    get closed(): Promise<number | undefined> {
      return until(({ connection }) => connection === "close").then(({ lastDisconnect }) => {
        const error = lastDisconnect?.error as { output?: { statusCode?: number } } | undefined
        return error?.output?.statusCode
      })
    },

    /** The first message that came, with text or without, and fits. */
    message: (fits: (message: WAMessage) => boolean) =>
      events.waitFor(() => upserts.find(({ message }) => fits(message))),

    text: (text: string) =>
      events.waitFor(() => upserts.find(({ message }) => textOf(message) === text)),
  }
}

export function textOf({ message }: WAMessage): string | undefined {
  return message?.conversation ?? message?.extendedTextMessage?.text ?? undefined
}
