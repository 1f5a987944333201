import { expect, test } from "vitest"
import { createAuth } from "./linked-auth.ts"
import { connect, link, startLab, startLinked, textOf } from "./start-lab.ts"

test("a client is linked by a scanned QR code, told to restart, and logs in", async () => {
  const { lab, owner } = await startLab()
  const auth = createAuth()
  expect(await link(owner, auth)).toBe(515)
  expect(auth.creds.me?.id).toBe("15550100:1@s.whatsapp.net")

  const client = connect(auth)
  await client.until(({ connection }) => connection === "open")
  await lab.untilActive()
  await client.greeted
  expect(lab.state).toMatchObject({ link: { jid: "15550100:1@s.whatsapp.net" }, unanswered: [] })
})

test("text goes both ways", async () => {
  const { lab, ada, client } = await startLinked()
  const { id } = await ada.sendText("hello")
  const { message, type } = await client.text("hello")
  expect(type).toBe("notify")
  expect(message.key).toMatchObject({ id, remoteJid: ada.pn, remoteJidAlt: ada.lid, fromMe: false })
  await lab.untilSettled()

  await client.socket.sendMessage(ada.pn ?? "", { text: "hi Ada" }, { messageId: "CLAWDIS1" })
  expect(await ada.waitForText("hi Ada")).toMatchObject({ id: "CLAWDIS1", copies: 1 })
  const copy = await lab.owner.waitFor(({ text }) => text === "hi Ada")
  expect(copy.chat).toBe(ada.pn)
  expect(textOf(message)).toBe("hello")
})

test("what came while the client was away arrives as offline, in order, at the next login", async () => {
  const { lab, ada, auth, client } = await startLinked()
  client.socket.end(undefined)
  await lab.untilDisconnected()
  for (const text of ["one", "two", "three"]) await ada.sendText(text)
  expect(lab.state.pending).toHaveLength(3)

  const next = connect(auth)
  await next.text("three")
  expect(next.upserts.map(({ type, message }) => [type, textOf(message)])).toEqual([
    ["append", "one"],
    ["append", "two"],
    ["append", "three"],
  ])
  await lab.untilSettled()
})

test("a message that the client did not confirm comes again, as the same bytes, which it then refuses", async () => {
  const { lab, ada, auth, client } = await startLinked()
  await ada.sendText("before")
  await client.text("before")
  await lab.untilSettled()
  lab.faults.ignoreReceipts(1)
  const { id } = await ada.sendText("again")
  await client.text("again")
  client.socket.end(undefined)
  await lab.untilDisconnected()
  expect(lab.state.pending).toMatchObject([{ id, deliveries: 1 }])

  connect(auth)
  const receipt = await lab.waitFor(() =>
    lab.state.receipts.find((entry) => entry.id === id && entry.kind.startsWith("nack")),
  )
  expect(receipt.kind).toBe("nack 487")
  await lab.untilSettled()
})

test("a message that a sender sends twice under one id arrives twice", async () => {
  const { ada, client } = await startLinked()
  const letter = await ada.sendText("twice")
  await client.text("twice")
  await ada.resend(letter)
  await client.waitFor(
    () => client.upserts.filter(({ message }) => message.key.id === letter.id)[1],
  )
})

test("every stream error ends the connection with its code", async () => {
  const { lab, auth, client } = await startLinked()
  let current = client
  for (const code of [401, 403, 411, 440, 500, 503, 515]) {
    lab.faults.streamError(code)
    expect(await current.closed).toBe(code)
    current = connect(auth)
    await current.until(({ connection }) => connection === "open")
  }
})

test("every failure refuses one login with its code, and a ban says when it ends", async () => {
  const { lab, auth, client } = await startLinked()
  client.socket.end(undefined)
  await lab.untilDisconnected()
  for (const reason of [401, 402, 403, 405, 406, 409, 411, 419, 500, 503]) {
    lab.faults.failLogin({ reason, expire: 60 })
    const refused = connect(auth)
    expect(await refused.closed).toBe(reason)
    const { lastDisconnect } = refused.updates.at(-1) ?? {}
    expect(lastDisconnect?.error).toMatchObject({ data: { reason: String(reason), expire: "60" } })
  }
  await connect(auth).until(({ connection }) => connection === "open")
})

test("a second connection of the same client replaces the first", async () => {
  const { auth, client } = await startLinked()
  const second = connect(auth)
  expect(await client.closed).toBe(440)
  await second.until(({ connection }) => connection === "open")
})

test("a removed device is told so, and may not log in again", async () => {
  const { owner, auth, client } = await startLinked()
  owner.unlink()
  expect(await client.closed).toBe(401)
  expect(await connect(auth).closed).toBe(401)
})

test("another noise key than that of the linked device is refused", async () => {
  const { auth, client } = await startLinked()
  client.socket.end(undefined)
  const noiseKey = createAuth().creds.noiseKey
  const impostor = { ...auth, creds: { ...auth.creds, noiseKey } }
  expect(await connect(impostor).closed).toBe(401)
})

test("a client that logs out removes itself", async () => {
  const { lab, client } = await startLinked()
  await client.socket.logout()
  expect(await client.closed).toBe(401)
  await lab.waitFor(() => lab.state.link === undefined)
})
