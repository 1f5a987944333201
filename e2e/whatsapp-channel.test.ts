// The real gateway process with the real Baileys against the lab, on the real wire.

import { expect, test, vi } from "vitest"
import { connectClient } from "../server/testing/test-client.ts"
import type { WhatsappLabOptions } from "./lab/whatsapp/lab.ts"
import { startLinkedWhatsapp } from "./support/linked-whatsapp.ts"
import { ADA, createWhatsappRig } from "./support/whatsapp-rig.ts"

type Rig = Awaited<ReturnType<typeof createWhatsappRig>>

/** What the gateway says of WhatsApp, once it fits. */
function untilHealth(rig: Rig, fits: (web: { state: string; linked: boolean }) => boolean) {
  return vi.waitFor(
    async () => {
      const client = await connectClient(rig.gateway.url)
      const { web } = await client.request("health", {})
      await client.close()
      if (!fits(web)) throw new Error(`WhatsApp is ${JSON.stringify(web)}`)
      return web
    },
    { timeout: 20_000, interval: 100 },
  )
}

async function send(rig: Rig, message: string, to = ADA): Promise<unknown> {
  const client = await connectClient(rig.gateway.url)
  try {
    return await client.request("send", { to, message, idempotencyKey: `key of ${message}` })
  } catch (error) {
    return error
  } finally {
    await client.close()
  }
}

test("[M10] linked by a QR code, a message reaches the agent, and the answer reaches WhatsApp", async () => {
  const rig = await createWhatsappRig()
  await rig.gateway.start()
  await rig.link()
  await rig.lab.untilSettled()
  const { ada, gateway, lab, puppeteer } = rig
  await ada.sendText("what is on today?")
  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).toContain("what is on today?")
  expect(turn.prompt).toContain('sender="Ada (+15550111)"')
  turn.answer("Two meetings.")
  expect(await ada.waitForText("Two meetings.")).toMatchObject({ copies: 1 })
  await lab.waitFor(() => lab.state.typing.some(({ state }) => state === "composing"))
  await lab.waitFor(() => lab.state.reads.length > 0)
  expect(await untilHealth(rig, ({ state }) => state === "open")).toMatchObject({
    linked: true,
    self: "+15550100",
  })
  expect(lab.state.connections.map(({ purpose }) => purpose)).toEqual(["pairing", "login"])
  expect(gateway.output).not.toContain("wa.me/settings")
})

test("[M10] linked by a code that is typed on the phone", async () => {
  const { ada, gateway, lab, puppeteer } = await createWhatsappRig()
  await gateway.start()
  const client = await connectClient(gateway.url)
  await client.request("login.start", { channel: "whatsapp", method: "code", phone: "+15550100" })
  const shown = await client.event("login", ({ code }) => code !== undefined)
  await lab.owner.enterCode(shown.payload.code ?? "")
  await client.event("login", ({ state }) => state === "linked")
  await client.close()
  await lab.untilSettled()
  puppeteer.answerAll(() => "Here.")
  await ada.sendText("are you there?")
  await ada.waitForText("Here.")
  expect(gateway.output).not.toContain(shown.payload.code)
})

test("[WA13] killed at the moment in which the service got the receipt: all are answered, each once", async () => {
  const { ada, gateway, lab, puppeteer } = await startLinkedWhatsapp()
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.at(-1)}`)
  for (let round = 1; round <= 3; round += 1) {
    const { id } = await ada.sendText(`word-${round}`)
    await lab.waitFor(() => lab.state.receipts.some((receipt) => receipt.id === id))
    await gateway.kill()
    await lab.untilDisconnected()
    await gateway.start()
    await ada.waitFor(({ text }) => text?.includes(`word-${round}`) === true)
  }
  const answers = ada.received.map(({ text }) => text)
  expect(answers).toEqual(Array.from({ length: 3 }, (_, index) => `heard word-${index + 1}`))
})

test("[WA12, WA13] what the service did not learn is sent again, read again and answered once", async () => {
  // A read receipt would tell it, too.
  const { ada, gateway, lab, puppeteer } = await startLinkedWhatsapp({
    whatsapp: { readReceipts: false },
  })
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.at(-1)}`)
  await ada.sendText("word-0")
  await ada.waitForText("heard word-0")
  await lab.untilSettled()
  lab.faults.ignoreReceipts(1)
  const { id } = await ada.sendText("word-1")
  await ada.waitForText("heard word-1")
  expect(lab.state.pending).toMatchObject([{ id }])
  await gateway.kill()
  await lab.untilDisconnected()
  await gateway.start()
  await lab.untilSettled()
  const receipts = lab.state.receipts.filter((receipt) => receipt.id === id)
  expect(receipts.filter(({ kind }) => kind.startsWith("nack"))).toEqual([])
  await ada.sendText("word-2")
  await ada.waitForText("heard word-2")
  expect(ada.received.map(({ text }) => text)).toEqual([
    "heard word-0",
    "heard word-1",
    "heard word-2",
  ])
})

test("[WA14] what came while the gateway was down is answered after its start, in order", async () => {
  const { ada, gateway, lab, puppeteer } = await startLinkedWhatsapp()
  expect(await gateway.stop()).toBe(0)
  await lab.untilDisconnected()
  for (let number = 1; number <= 40; number += 1) await ada.sendText(`word-${number}.`)
  const heard: string[] = []
  puppeteer.answerAll((prompt) => {
    heard.push(...(prompt.match(/word-[0-9]+\./g) ?? []))
    return `heard ${heard.length}`
  })
  await gateway.start()
  await ada.waitForText("heard 40")
  expect(heard).toEqual(Array.from({ length: 40 }, (_, index) => `word-${index + 1}.`))
})

test("[WA3] after 515, 503 and a line that breaks the gateway is back by itself", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, lab, puppeteer } = rig
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.at(-1)}`)
  const faults = [
    () => lab.faults.streamError(515),
    () => lab.faults.streamError(503),
    () => lab.faults.terminate(),
    () => lab.faults.close(),
  ]
  for (const [round, fault] of faults.entries()) {
    fault()
    await lab.untilDisconnected()
    await ada.sendText(`word-${round}`)
    await ada.waitForText(`heard word-${round}`)
  }
  expect(lab.state.connections.filter(({ purpose }) => purpose === "refused")).toEqual([])
})

test("[WA3] unlinked on the phone: not linked, no more connections, and a new login works", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, lab, owner, puppeteer } = rig
  owner.unlink()
  const web = await untilHealth(rig, ({ state }) => state === "logged_out")
  expect(web).toMatchObject({ linked: false, authAgeMs: null })
  expect(await send(rig, "anybody?")).toMatchObject({ code: "NOT_LINKED" })
  const { length } = lab.state.connections
  await rig.gateway.stop()
  await rig.gateway.start()
  expect(lab.state.connections).toHaveLength(length)
  await rig.link()
  await lab.untilSettled()
  puppeteer.answerAll(() => "Here again.")
  await ada.sendText("hello")
  await ada.waitForText("Here again.")
})

test("[WA3] another client took over: one more try after a minute, and it says so meanwhile", async () => {
  const rig = await startLinkedWhatsapp()
  rig.lab.faults.replace()
  const web = await untilHealth(rig, ({ state }) => state === "replaced")
  expect(web).toMatchObject({ linked: true })
  await rig.lab.untilActive()
  rig.lab.faults.replace()
  await untilHealth(rig, ({ state }) => state === "replaced")
  expect(rig.gateway.output).toContain("another client took over")
  expect(await rig.gateway.stop()).toBe(0)
})

test("[WA7] a connection that froze is noticed and made anew", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, lab, puppeteer } = rig
  puppeteer.answerAll(() => "Back.")
  const { length } = lab.state.connections
  lab.faults.behave("frozen")
  await lab.waitFor(() => lab.state.connections.length > length)
  await lab.untilActive()
  await ada.sendText("hello")
  await ada.waitForText("Back.")
})

test("[WA10] a message that got lost on its way arrives, once, under its first id", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, lab } = rig
  lab.faults.spoilAck({ kind: "lose" })
  const sent = await send(rig, "lost once")
  const received = await ada.waitForText("lost once")
  expect(sent).toMatchObject({ messageId: received.id })
  expect(lab.state.attempts.map(({ id, answer }) => [id, answer])).toEqual([
    [received.id, "lost"],
    [received.id, "accepted"],
  ])
  expect(received.copies).toBe(1)
})

test("[WA11, WA20] what WhatsApp refuses is told, and not tried again", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, lab } = rig
  lab.faults.spoilAck({ kind: "error", error: 463 })
  expect(await send(rig, "restricted")).toMatchObject({
    code: "UNAVAILABLE",
    retryable: false,
    details: { providerCode: 463 },
  })
  const group = lab.addGroup({ subject: "Team", people: [ada] })
  expect(await send(rig, "hello team", group.id)).toMatchObject({ status: "sent" })
  await ada.waitForText("hello team")
  lab.group.removeOwner(group, ada)
  expect(await send(rig, "still there?", group.id)).toMatchObject({
    code: "UNAVAILABLE",
    details: { reason: "not_in_group" },
  })
  expect(lab.state.attempts.filter(({ answer }) => answer !== "accepted")).toHaveLength(1)
})

test("[WA15] what the owner writes on the phone starts no turn, a note to oneself does", async () => {
  const { ada, lab, owner, puppeteer } = await startLinkedWhatsapp()
  await owner.sendText(ada, "I will answer this one")
  await lab.untilSettled()
  await owner.noteToSelf("remember the milk")
  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).toContain("remember the milk")
  expect(turn.prompt).not.toContain("I will answer")
  turn.answer("Noted.")
  await owner.waitFor(({ text }) => text === "Noted.")
  expect(puppeteer.prompts).toHaveLength(1)
})

test("[WA18] somebody who could not read a message gets it from disk after a restart", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, gateway, lab, puppeteer } = rig
  puppeteer.answerAll(() => "fine")
  await ada.sendText("hello")
  await ada.waitForText("fine")
  ada.cannotDecrypt()
  lab.faults.spoilAck({ kind: "hold" })
  void send(rig, "read me").catch(() => undefined)
  await lab.waitFor(() => lab.state.attempts.some(({ answer }) => answer === "held"))
  await gateway.kill()
  await lab.untilDisconnected()
  await gateway.start()
  expect(await ada.waitForText("read me")).toMatchObject({ text: "read me" })
})

test("[WA17] messages that cannot be decrypted fill no log, and others are answered", async () => {
  const { ada, gateway, lab, puppeteer } = await startLinkedWhatsapp()
  const ben = lab.addPerson({ number: "15550122", name: "Ben" })
  puppeteer.answerAll(() => "calm")
  await ada.sendText("before the storm")
  await ada.waitForText("calm")
  const { length } = gateway.output.split("\n")
  await ben.burst(200, { undecryptable: Number.POSITIVE_INFINITY })
  await ada.sendText("in the storm")
  await ada.waitFor(({ text }) => text === "calm" && ada.received.length > 1)
  expect(gateway.output.split("\n").length - length).toBeLessThan(60)
})

test("[WA21] history that somebody else claims to send for the phone is ignored", async () => {
  const { ada, gateway, lab, puppeteer } = await startLinkedWhatsapp()
  const syncType = 3
  const historySyncNotification = { syncType, fileLength: 10, directPath: "/v/forged" }
  await ada.send({ protocolMessage: { type: 5, historySyncNotification } })
  await ada.send({
    protocolMessage: {
      type: 6,
      appStateSyncKeyShare: { keys: [{ keyId: { keyId: Buffer.from([1]) } }] },
    },
  })
  puppeteer.answerAll(() => "still me")
  await ada.sendText("hello")
  await ada.waitForText("still me")
  expect(puppeteer.prompts).toHaveLength(1)
  expect(lab.state.unanswered).toEqual([])
  expect(gateway.output).not.toContain("error")
})

test("keys reach no output, also when sessions are closed and made anew", async () => {
  const { ada, gateway, puppeteer } = await startLinkedWhatsapp()
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.at(-1)}`)
  await ada.sendText("word-1")
  await ada.waitForText("heard word-1")
  ada.reinstall()
  await ada.sendText("word-2")
  await ada.waitForText("heard word-2")
  expect(gateway.output).not.toMatch(
    /privKey|rootKey|chainKey|SessionEntry|Buffer |Closing|session:/i,
  )
})

test("a server that cannot prove that it is WhatsApp is not talked to", async () => {
  const lab: WhatsappLabOptions = { foreignRoot: true }
  const { gateway, lab: foreign } = await createWhatsappRig({ lab })
  await gateway.start()
  const client = await connectClient(gateway.url)
  await client.request("login.start", { channel: "whatsapp", method: "qr" })
  const end = await client.event("login", ({ error }) => error !== undefined)
  expect(end.payload.error?.message).toContain("could not prove that it is WhatsApp")
  expect(end.payload.qr).toBeUndefined()
  await client.close()
  expect(foreign.state.pairing).toBe(0)
})
