import { expect, test } from "vitest"
import type { Addressing } from "./groups.ts"
import { connect, startLinked, textOf } from "./start-lab.ts"

async function startGroup(addressing: Addressing) {
  const started = await startLinked()
  const bo = started.lab.addPerson({ number: "15550122", name: "Bo" })
  const group = started.lab.addGroup({ subject: "Team", people: [started.ada, bo], addressing })
  return { ...started, bo, group }
}

test.for<Addressing>(["pn", "lid"])(
  "groups that name people by %s carry text both ways",
  async (addressing) => {
    const { lab, ada, bo, client, group, owner } = await startGroup(addressing)
    await ada.sendText("hello all", { group })
    await bo.sendText("hello again", { group })
    await ada.sendText("third", { group })
    const { message } = await client.text("hello all")
    const [own, other] = addressing === "pn" ? [ada.pn, ada.lid] : [ada.lid, ada.pn]
    expect(message.key).toMatchObject({
      remoteJid: group.id,
      participant: own,
      participantAlt: other,
    })
    await client.text("hello again")
    await client.text("third")

    await client.socket.sendMessage(group.id, { text: "hi all" }, { messageId: "GROUP1" })
    for (const person of [ada, bo]) {
      expect(await person.waitForText("hi all")).toMatchObject({ id: "GROUP1", chat: group.id })
    }
    await owner.waitFor(({ text }) => text === "hi all")
    await client.socket.sendMessage(group.id, { text: "and more" })
    await ada.waitForText("and more")
    expect(lab.state.undecrypted).toEqual([])
  },
)

test("a mention and a quote of the client name it as the group does", async () => {
  const { ada, client, group, owner } = await startGroup("lid")
  const sent = await client.socket.sendMessage(group.id, { text: "ask me" })
  const quote = { id: sent?.key.id ?? "", author: owner.lid, text: "ask me" }
  await ada.sendText("@you what?", { group, quote, mentions: [owner.lid] })
  const { message } = await client.text("@you what?")
  expect(message.message?.extendedTextMessage?.contextInfo).toMatchObject({
    stanzaId: quote.id,
    participant: owner.lid,
    mentionedJid: [owner.lid],
  })
})

test("the owner writes into a group by hand", async () => {
  const { client, group, owner } = await startGroup("lid")
  await owner.sendToGroup(group, "from my phone")
  const { message } = await client.text("from my phone")
  expect(message.key).toMatchObject({ fromMe: true, remoteJid: group.id })
})

test("the client hears of a new name and of people who come and go", async () => {
  const { lab, ada, client, group } = await startGroup("lid")
  const cy = lab.addPerson({ number: "15550133", name: "Cy" })
  const heard: unknown[] = []
  client.socket.ev.on("groups.update", ([update]) => heard.push(update?.subject))
  client.socket.ev.on("group-participants.update", ({ action, participants }) =>
    heard.push([action, participants.map(({ id }) => id)]),
  )
  lab.group.rename(group, ada, "Crew")
  await client.waitFor(() => heard.length === 1)
  lab.group.add(group, ada, cy)
  lab.group.remove(group, ada, cy)
  await client.waitFor(() => heard.length === 3)
  expect(heard).toEqual(["Crew", ["add", [cy.lid]], ["remove", [cy.lid]]])
  expect(await client.socket.groupMetadata(group.id)).toMatchObject({ subject: "Crew", size: 3 })
})

test("a client that was removed from a group may neither ask for it nor write there", async () => {
  const { lab, ada, client, group } = await startGroup("lid")
  const metadata = await client.socket.groupMetadata(group.id)
  lab.group.removeOwner(group, ada)
  await expect(client.socket.groupMetadata(group.id)).rejects.toThrow("forbidden")

  const remembering = connect(client.auth, { cachedGroupMetadata: async () => metadata })
  await remembering.until(({ connection }) => connection === "open")
  const ack = remembering.socket.waitForMessage("OUT1", 5000)
  await remembering.socket.sendMessage(group.id, { text: "still there?" }, { messageId: "OUT1" })
  expect(await ack).toMatchObject({ attrs: { class: "message", error: "403" } })
  expect(ada.received.map(({ text }) => text)).toEqual([])
})

test("a sender key that the client lost is brought by a retry", async () => {
  const { lab, ada, client, group } = await startGroup("lid")
  await ada.sendText("unreadable", { group, undecryptable: 1 })
  const { message } = await client.text("unreadable")
  expect(message.key.participant).toBe(ada.lid)
  const rows = client.upserts.filter((upsert) => upsert.message.key.remoteJid === group.id)
  expect(rows.map((row) => textOf(row.message))).toEqual([undefined, "unreadable"])
  await lab.untilSettled()
  await ada.sendText("readable", { group })
  await client.text("readable")
})

test("a participant that cannot decrypt asks the client to send again", async () => {
  const { ada, bo, client, group } = await startGroup("lid")
  ada.cannotDecrypt()
  await client.socket.sendMessage(group.id, { text: "try me" }, { messageId: "RETRY1" })
  expect(await ada.waitForText("try me")).toMatchObject({ id: "RETRY1" })
  expect(await bo.waitForText("try me")).toMatchObject({ id: "RETRY1" })
  // A retry asked by a phone goes to everybody.
  await bo.waitFor(({ copies }) => copies === 2)
  ada.cannotDecrypt()
  await client.socket.sendMessage(group.id, { text: "with known keys" })
  await ada.waitForText("with known keys")
})
