import { Curve, DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys"
import { expect, onTestFinished, test } from "vitest"
import { createAuth } from "./linked-auth.ts"
import { connect, link, startLab, startLinked } from "./start-lab.ts"
import { verifySignature } from "./xeddsa.ts"

test.for([463, 479])(
  "a message can be refused with %i and is then not delivered",
  async (error) => {
    const { lab, ada, client } = await startLinked()
    lab.faults.spoilAck({ kind: "error", error, id: "NACK1" })
    const ack = client.socket.waitForMessage("NACK1", 5000)
    await client.socket.sendMessage(ada.pn ?? "", { text: "no" }, { messageId: "NACK1" })
    expect(await ack).toMatchObject({ attrs: { class: "message", error: String(error) } })
    await client.socket.sendMessage(ada.pn ?? "", { text: "yes" })
    await ada.waitForText("yes")
    expect(ada.received).toHaveLength(1)
  },
)

test("an ack can be held back while the message is delivered, and released", async () => {
  const { lab, ada, client } = await startLinked()
  lab.faults.spoilAck({ kind: "hold" })
  const ack = client.socket.waitForMessage("HELD1", 5000)
  await client.socket.sendMessage(ada.pn ?? "", { text: "held" }, { messageId: "HELD1" })
  await ada.waitForText("held")
  expect(lab.state.attempts).toMatchObject([{ id: "HELD1", answer: "held" }])
  lab.faults.releaseAcks()
  expect(await ack).toMatchObject({ attrs: { id: "HELD1" } })
})

test("an ack can come later", async () => {
  const { lab, ada, client } = await startLinked()
  lab.faults.spoilAck({ kind: "delay", delayMs: 5 })
  const ack = client.socket.waitForMessage("LATE1", 5000)
  await client.socket.sendMessage(ada.pn ?? "", { text: "late" }, { messageId: "LATE1" })
  expect(await ack).toMatchObject({ attrs: { id: "LATE1" } })
})

test("a message can get lost on its way to the server", async () => {
  const { lab, ada, client } = await startLinked()
  lab.faults.spoilAck({ kind: "lose" })
  await client.socket.sendMessage(ada.pn ?? "", { text: "gone" }, { messageId: "LOST1" })
  await lab.waitFor(() => lab.state.attempts.length === 1)
  lab.faults.terminate()
  await client.closed
  expect(ada.received).toEqual([])
  const next = connect(client.auth)
  await next.until(({ connection }) => connection === "open")
  await next.socket.sendMessage(ada.pn ?? "", { text: "gone" }, { messageId: "LOST1" })
  expect(await ada.waitForText("gone")).toMatchObject({ copies: 1 })
})

test("a conflict replaces the session, and the end of the stream closes it", async () => {
  const { lab, client } = await startLinked()
  lab.faults.replace()
  expect(await client.closed).toBe(440)
  const next = connect(client.auth)
  await next.until(({ connection }) => connection === "open")
  lab.faults.endStream()
  expect(await next.closed).toBe(428)
})

test.for(["close", "terminate"] as const)(
  "a connection that ends by %s is a closed connection to the client",
  async (way) => {
    const { lab, client } = await startLinked()
    lab.faults[way]()
    expect(await client.closed).toBe(428)
  },
)

test("a refused connection is a lost connection to the client", async () => {
  const { lab, client } = await startLinked()
  client.socket.end(undefined)
  lab.faults.admit("refuse")
  expect(await connect(client.auth).closed).toBe(408)
  lab.faults.heal()
  await connect(client.auth).until(({ connection }) => connection === "open")
})

test("a server that takes the connection and never answers meets the client's time limit", async () => {
  const { lab, client } = await startLinked()
  client.socket.end(undefined)
  lab.faults.admit("silent")
  const impatient = connect(client.auth, { connectTimeoutMs: 50 })
  expect(await impatient.closed).toBe(408)
  expect(lab.state).toMatchObject({ knocks: 2, connections: [{ purpose: "login" }] })
})

test("a server that opens the connection and leaves the handshake unanswered does so too", async () => {
  const { lab, client } = await startLinked()
  client.socket.end(undefined)
  lab.faults.behaveFromNowOn("frozen")
  expect(await connect(client.auth, { connectTimeoutMs: 50 }).closed).toBe(408)
})

test("a frozen connection swallows pings until the client gives it up", async () => {
  const { lab, client } = await startLinked()
  client.socket.end(undefined)
  await lab.untilDisconnected()
  const next = connect(client.auth, { keepAliveIntervalMs: 10 })
  await next.until(({ connection }) => connection === "open")
  // The client's limit is fixed: 5 s more than its interval.
  lab.faults.behave("frozen")
  expect(await next.closed).toBe(408)
})

test("a deaf connection answers queries and delivers nothing, and what waited comes when it heals", async () => {
  const { lab, ada, client } = await startLinked()
  lab.faults.behave("deaf")
  await ada.sendText("can you hear me?")
  expect(await client.socket.onWhatsApp("15550111")).toMatchObject([{ exists: true }])
  expect(client.upserts.filter(({ message }) => message.key.remoteJid === ada.pn)).toEqual([])
  expect(lab.state.pending).toMatchObject([{ tag: "message", from: ada.pn }])
  lab.faults.heal()
  client.socket.end(undefined)
  await lab.untilDisconnected()
  await connect(client.auth).text("can you hear me?")
})

test("Baileys as it is accepts any root, and with its check repaired only the lab's own", async () => {
  const { lab } = await startLab({ foreignRoot: true })
  await connect(createAuth()).until(({ qr }) => qr !== undefined)

  const { verify } = Curve
  onTestFinished(() => void Object.assign(Curve, { verify }))
  Object.assign(Curve, { verify: verifySignature })
  expect(await connect(createAuth()).closed).toBe(400)
  expect(lab.state.connections.map(({ purpose }) => purpose)).toEqual(["pairing", undefined])

  const honest = await startLab()
  expect(DEFAULT_CONNECTION_CONFIG.waWebSocketUrl).toBe(honest.lab.url)
  expect(await link(honest.owner, createAuth())).toBe(515)
})
