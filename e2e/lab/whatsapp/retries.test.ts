import { expect, test } from "vitest"
import { startLinked, textOf } from "./start-lab.ts"

test("what the client cannot decrypt comes as a stub and then under the same id as text", async () => {
  const { lab, ada, client } = await startLinked()
  await ada.sendText("in clear")
  await client.text("in clear")
  const { id } = await ada.sendText("at second sight", { undecryptable: 1 })
  const { message } = await client.text("at second sight")
  expect(message.key.id).toBe(id)
  const rows = client.upserts.filter((upsert) => upsert.message.key.id === id)
  expect(rows.map((row) => [row.message.messageStubType, textOf(row.message)])).toEqual([
    [2, undefined],
    [undefined, "at second sight"],
  ])
  await lab.untilSettled()
  expect(lab.state.receipts.filter((receipt) => receipt.id === id)).toMatchObject([
    { kind: "retry" },
    { kind: "nack 500" },
    { kind: "inactive" },
  ])
})

test("the very first message of a person may be the one that cannot be decrypted", async () => {
  const { ada, client } = await startLinked()
  await ada.sendText("first contact", { undecryptable: 2 })
  await client.text("first contact")
})

test("a storm of bad messages ends in stubs and the next good one is read", async () => {
  const { ada, client } = await startLinked()
  await ada.sendText("calm")
  await client.text("calm")
  await ada.burst(10, { undecryptable: Number.POSITIVE_INFINITY })
  await ada.sendText("after the storm")
  await client.text("after the storm")
  const stubs = client.upserts.filter(({ message }) => message.messageStubType !== undefined)
  expect(stubs.length).toBeGreaterThanOrEqual(10)
})

test("a person that cannot decrypt gets the message again under its id", async () => {
  const { ada, client } = await startLinked()
  ada.cannotDecrypt(2)
  await client.socket.sendMessage(ada.pn ?? "", { text: "again please" }, { messageId: "AGAIN1" })
  expect(await ada.waitForText("again please")).toMatchObject({ id: "AGAIN1" })
  await client.socket.sendMessage(ada.pn ?? "", { text: "and now" })
  await ada.waitForText("and now")
})

test("the owner's phone that cannot decrypt its copy gets it again", async () => {
  const { ada, client, owner } = await startLinked()
  owner.cannotDecrypt()
  await client.socket.sendMessage(ada.pn ?? "", { text: "copied" })
  await owner.waitFor(({ text }) => text === "copied")
})

test("a message that the client sends twice under one id counts as one with two copies", async () => {
  const { lab, ada, client } = await startLinked()
  const send = () =>
    client.socket.sendMessage(ada.pn ?? "", { text: "once" }, { messageId: "ONCE1" })
  await send()
  await send()
  const received = await ada.waitFor(({ copies }) => copies === 2)
  expect(received).toMatchObject({ id: "ONCE1", text: "once" })
  expect(ada.received).toHaveLength(1)
  expect(lab.state.attempts.map(({ id }) => id)).toEqual(["ONCE1", "ONCE1"])
})

test("a person who installs WhatsApp anew is read and answered as before", async () => {
  const { lab, ada, client } = await startLinked()
  const group = lab.addGroup({ subject: "Team", people: [ada] })
  await ada.sendText("old phone")
  await ada.sendText("old phone, group", { group })
  await client.text("old phone, group")
  await client.socket.sendMessage(ada.pn ?? "", { text: "to the old phone" })
  await ada.waitForText("to the old phone")

  ada.reinstall()
  await client.socket.sendMessage(ada.pn ?? "", { text: "to the new phone" })
  await ada.waitForText("to the new phone")
  await ada.sendText("new phone")
  await ada.sendText("new phone, group", { group })
  await client.text("new phone, group")
  await client.text("new phone")
})
