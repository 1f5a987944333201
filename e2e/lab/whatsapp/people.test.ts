import { proto } from "@whiskeysockets/baileys"
import { expect, test } from "vitest"
import { toNotification } from "./history.ts"
import { startLinked, textOf } from "./start-lab.ts"

test("a sender is named by number, by LID, or by LID alone", async () => {
  const { ada, client } = await startLinked()
  for (const by of ["number", "lid", "lid-only"] as const) await ada.sendText(by, { by })
  const keys = await Promise.all(
    ["number", "lid", "lid-only"].map(async (text) => (await client.text(text)).message.key),
  )
  expect(keys).toMatchObject([
    { remoteJid: ada.pn, remoteJidAlt: ada.lid, addressingMode: "pn" },
    { remoteJid: ada.lid, remoteJidAlt: ada.pn, addressingMode: "lid" },
    { remoteJid: ada.lid, addressingMode: "lid" },
  ])
  expect(keys[2]?.remoteJidAlt).toBeUndefined()
})

test("the client answers by number and by LID", async () => {
  const { lab, ada, client } = await startLinked()
  const stranger = lab.addPerson({ name: "Stranger" })
  await stranger.sendText("who are you?")
  await client.text("who are you?")
  await client.socket.sendMessage(stranger.lid, { text: "to the LID" })
  expect(await stranger.waitForText("to the LID")).toMatchObject({ chat: stranger.lid })
  await client.socket.sendMessage(ada.lid, { text: "to Ada's LID" })
  await client.socket.sendMessage(ada.pn ?? "", { text: "to Ada's number" })
  await ada.waitForText("to Ada's LID")
  await ada.waitForText("to Ada's number")
  expect(lab.state.undecrypted).toEqual([])
})

test("the client finds out which numbers are on WhatsApp", async () => {
  const { ada, client } = await startLinked()
  expect(await client.socket.onWhatsApp("15550111", "15559999")).toEqual([
    { jid: ada.pn, exists: true },
  ])
})

test.for(["pn", "lid"] as const)(
  "what the owner writes on the phone comes as a copy, named by %s",
  async (by) => {
    const { ada, client, owner } = await startLinked()
    await owner.sendText(ada, "by hand", { by })
    const { message, type } = await client.text("by hand")
    expect(type).toBe("notify")
    expect(message.key).toMatchObject({ fromMe: true, remoteJid: by === "pn" ? ada.pn : ada.lid })
    expect(ada.received).toMatchObject([{ text: "by hand", byClient: false }])

    await owner.noteToSelf("remember", { by })
    const note = await client.text("remember")
    expect(note.message.key).toMatchObject({
      fromMe: true,
      remoteJid: by === "pn" ? owner.pn : owner.lid,
    })
  },
)

test("the client writes into the owner's own chat", async () => {
  const { client, owner } = await startLinked()
  await client.socket.sendMessage(owner.pn, { text: "noted" })
  const copy = await owner.waitFor(({ text }) => text === "noted")
  expect(copy).toMatchObject({ chat: owner.pn, copies: 1 })
})

test("quotes, reactions, edits and revokes arrive as what they are", async () => {
  const { ada, client } = await startLinked()
  const first = await ada.sendText("first")
  await ada.sendText("second", { quote: { id: first.id, author: ada.pn ?? "", text: "first" } })
  const reactions: unknown[] = []
  const edits: unknown[] = []
  client.socket.ev.on("messages.reaction", (all) => reactions.push(...all))
  client.socket.ev.on("messages.update", (all) => edits.push(...all))
  await ada.react(first, "👍")
  await ada.edit(first, "better")
  await ada.revoke(first)
  const { message } = await client.text("second")
  expect(message.message?.extendedTextMessage?.contextInfo).toMatchObject({ stanzaId: first.id })
  await client.waitFor(() => edits.length === 2)
  expect(reactions).toMatchObject([{ key: { id: first.id }, reaction: { text: "👍" } }])
  expect(edits).toMatchObject([
    { key: { id: first.id }, update: { message: { editedMessage: {} } } },
    { key: { id: first.id }, update: { message: null } },
  ])
})

test("a status and a channel's post come under their own jids", async () => {
  const { lab, ada, client } = await startLinked()
  await ada.postStatus("at the beach")
  await lab.publish("news")
  expect((await client.text("at the beach")).message.key.remoteJid).toBe("status@broadcast")
  expect((await client.text("news")).message.key.remoteJid).toMatch(/@newsletter$/)
  await lab.untilSettled()
})

test("a burst arrives complete and in order", async () => {
  const { lab, ada, client } = await startLinked()
  await ada.burst(50)
  await client.text("burst 50")
  const texts = client.upserts.map(({ message }) => textOf(message)).filter(Boolean)
  expect(texts).toEqual(Array.from({ length: 50 }, (_, index) => `burst ${index + 1}`))
  await lab.untilSettled()
})

test("receipts of people reach the client, its own reach the lab, and so does its typing", async () => {
  const { lab, ada, client } = await startLinked()
  const { DELIVERY_ACK, READ } = proto.WebMessageInfo.Status
  const statuses: unknown[] = []
  client.socket.ev.on("messages.update", (all) =>
    statuses.push(...all.map(({ update }) => update.status)),
  )
  // A receipt that meets the client's own echo of the message in one batch is merged into that.
  client.socket.ev.on("messages.upsert", ({ messages }) =>
    statuses.push(...messages.map(({ status }) => status)),
  )
  await client.socket.sendMessage(ada.pn ?? "", { text: "ping" })
  await client.waitFor(() => statuses.includes(DELIVERY_ACK))
  ada.read(await ada.waitForText("ping"))
  await client.waitFor(() => statuses.includes(READ))

  const { id } = await ada.sendText("pong")
  const { message } = await client.text("pong")
  await client.socket.readMessages([message.key])
  await client.socket.sendPresenceUpdate("composing", ada.pn ?? "")
  await lab.waitFor(() => lab.state.typing.length > 0)
  expect(lab.state.typing).toMatchObject([{ chat: ada.pn, state: "composing" }])
  expect(lab.state.reads).toMatchObject([{ chat: ada.pn, ids: [id] }])
  expect(lab.state.receipts.filter((receipt) => receipt.id === id)).toMatchObject([
    { kind: "inactive" },
    { kind: "read" },
  ])
})

test("history from somebody who is not the owner changes nothing", async () => {
  const { lab, ada, client } = await startLinked()
  const mallory = lab.addPerson({ number: "15550666", name: "Mallory" })
  const forged = toNotification({
    syncType: proto.HistorySync.HistorySyncType.RECENT,
    phoneNumberToLidMappings: [{ pnJid: ada.pn ?? "", lidJid: mallory.lid }],
  })
  const learned: unknown[] = []
  client.socket.ev.on("messaging-history.set", ({ lidPnMappings = [] }) => {
    learned.push(...lidPnMappings.map(({ lid }) => lid))
  })
  await mallory.send(forged, { attributes: { category: "peer" } })
  await mallory.send(forged)
  await mallory.sendText("after")
  await client.text("after")
  expect(learned).not.toContain(mallory.lid)
  const { lidMapping } = client.socket.signalRepository
  expect(await lidMapping.getLIDForPN(ada.pn ?? "")).toBe(ada.lid)
})
