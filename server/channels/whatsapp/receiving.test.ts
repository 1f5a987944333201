import { expect, test } from "vitest"
import { GatewayError } from "#protocol"
import { createTestJournal, TEST_TIMINGS } from "../contract.ts"
import { AREAS } from "./areas.ts"
import { open, prepare } from "./stub-channel.ts"
import {
  ADA,
  ADA_LID,
  closedError,
  createLinkedCredentials,
  GROUP,
  OWNER,
  toStoredCredentials,
} from "./stub-library.ts"
import { createStubVault } from "./stub-vault.ts"

type Kit = Awaited<ReturnType<typeof open>>

/** The process dies: nothing of it does anything any more, and nothing was put in order. */
function kill({ service }: Kit): void {
  for (const socket of service.sockets) Object.assign(socket.options.keys, { set: neverEnds })
  service.state.stopAfter = undefined
}
const neverEnds = () => new Promise<never>(() => undefined)

/** Another process with the same state at the same service. */
async function startAgain(kit: Kit) {
  return open({ clock: kit.clock, service: kit.service, vault: kit.vault })
}

const texts = (kit: Kit) => kit.journaled.map(({ text }) => text)

test("[WA13] killed after it was decrypted, before it was confirmed: it is journaled once", async () => {
  const kit = await open()
  kit.service.state.stopAfter = "decrypted"
  const letter = kit.service.say("hello")
  await kit.clock.advance(0)
  expect([letter.confirmed, texts(kit)]).toEqual([false, []])
  expect(kit.vault.counts).toMatchObject({ [AREAS.deciphered]: 1, [AREAS.unread]: 1 })
  kill(kit)

  const next = await startAgain(kit)
  expect(texts(next)).toEqual(["hello"])
  expect(letter.confirmed).toBe(true)
  expect(kit.vault.counts[AREAS.unread]).toBeUndefined()
})

test("[WA13] killed after it was confirmed, before it was journaled: it is journaled once", async () => {
  const kit = await open()
  kit.service.state.stopAfter = "confirmed"
  const letter = kit.service.say("hello")
  await kit.clock.advance(0)
  expect([letter.confirmed, texts(kit)]).toEqual([true, []])
  kill(kit)

  const next = await startAgain(kit)
  expect(texts(next)).toEqual(["hello"])
  expect(next.journaled[0]).toMatchObject({
    account: `+${OWNER}`,
    chat: ADA,
    messageId: "IN1",
    sender: { id: "+15550111", aliases: [ADA_LID], name: "Ada" },
    sessionKey: "whatsapp:+15550111",
  })
  const third = await startAgain(next)
  expect(texts(third)).toEqual([])
})

test("[WA13] killed while it was journaled: the journal decides, and takes it once", async () => {
  const journal = createTestJournal()
  const vault = createStubVault(Date.now)
  const answer = Promise.withResolvers<"new">()
  const kit = await open({
    vault,
    journal: async (message) => {
      await journal.write(message)
      return answer.promise
    },
  })
  kit.service.say("hello")
  await kit.clock.advance(0)
  expect(journal.messages).toHaveLength(1)
  expect(vault.counts[AREAS.unread]).toBe(1)
  kill(kit)

  await open({ clock: kit.clock, service: kit.service, vault, journal: journal.write })
  expect(journal.messages).toHaveLength(1)
  expect(vault.counts[AREAS.unread]).toBeUndefined()
  answer.resolve("new")
})

test("[WA13] a connection that ends with messages held back loses none", async () => {
  const kit = await open()
  kit.service.state.stopAfter = "confirmed"
  kit.service.say("one")
  kit.service.say("two")
  await kit.clock.advance(0)
  kit.service.state.stopAfter = undefined
  kit.service.socket.close({ by: "library", code: 428, cause: "closed" })
  await kit.clock.advance(1_000)
  expect(texts(kit)).toEqual(["one", "two"])
})

test("[WA13] the keys and the text are one write", async () => {
  const kit = await open()
  kit.service.say("hello")
  await kit.clock.advance(0)
  const write = kit.vault.writes.find((changes) => changes.some(({ area }) => area === AREAS.keys))
  expect(write?.map(({ area }) => area).toSorted()).toEqual([
    AREAS.deciphered,
    AREAS.keys,
    AREAS.unread,
  ])
})

test("[WA13] what one person sent never comes back as the word of another", async () => {
  const kit = await open()
  const letter = kit.service.say("hello")
  await kit.clock.advance(0)
  kit.service.redeliver({
    ...letter,
    stanza: {
      ...letter.stanza,
      attrs: { ...letter.stanza.attrs, id: "FORGED", from: "15559999@s.whatsapp.net" },
    },
  })
  await kit.clock.advance(0)
  expect(kit.journaled.map(({ messageId }) => messageId)).toEqual(["IN1"])
})

test("[WA13] what came to another account is not taken for this one's", async () => {
  const kit = await open()
  kit.service.state.stopAfter = "confirmed"
  kit.service.say("hello")
  await kit.clock.advance(0)
  kill(kit)
  await kit.vault.clear(AREAS.credentials)
  const other = { ...createLinkedCredentials(), me: { id: "15559999:1@s.whatsapp.net" } }
  await kit.vault.write([
    { area: AREAS.credentials, key: "current", value: toStoredCredentials(other, 0) },
  ])
  const next = await startAgain(kit)
  expect(texts(next)).toEqual([])
  expect(kit.vault.counts[AREAS.unread]).toBeUndefined()
})

test("[WA12] a message that comes again is journaled once, and its text is still known", async () => {
  const kit = await open()
  const letter = kit.service.say("hello")
  await kit.clock.advance(0)
  kit.service.redeliver(letter)
  kit.service.redeliver(letter)
  await kit.clock.advance(0)
  expect(texts(kit)).toEqual(["hello"])
  expect(kit.channel.health().skipped).toBe(0)
})

test("[WA14] five hundred missed messages are all journaled, in order", async () => {
  const kit = await prepare()
  for (let number = 0; number < 500; number += 1) kit.service.say(`text ${number}`)
  await kit.channel.start()
  await kit.clock.advance(0)
  for (let turn = 0; turn < 50 && kit.journaled.length < 500; turn += 1) await kit.clock.advance(0)
  expect(texts(kit)).toEqual(Array.from({ length: 500 }, (_, number) => `text ${number}`))
  const orders = kit.journaled.map(({ order }) => order)
  expect(orders).toEqual(orders.toSorted((a, b) => a - b))
})

test("[WA15] our own message that comes back is none, also after a restart", async () => {
  const kit = await open()
  const { messageId } = await kit.send("from the gateway")
  const echo = { own: "true", from: ADA, id: messageId }
  kit.service.say("from the gateway", echo)
  await kit.clock.advance(0)
  kill(kit)
  const next = await startAgain(kit)
  next.service.say("from the gateway", { ...echo, t: "1" })
  await next.clock.advance(0)
  expect([texts(kit), texts(next)]).toEqual([[], []])
})

test("what the owner writes elsewhere is by the owner, and what they write to themselves is theirs", async () => {
  const kit = await open()
  kit.service.say("by hand", { own: "true", from: ADA, id: "HAND1" })
  kit.service.say("note", { own: "true", from: `${OWNER}@s.whatsapp.net`, id: "HAND2" })
  await kit.clock.advance(0)
  expect(kit.journaled).toMatchObject([
    { text: "by hand", byOwner: true, chat: ADA, sender: { self: true } },
    { text: "note", sender: { self: true, id: `+${OWNER}` } },
  ])
  expect(kit.journaled[1]?.byOwner).toBeUndefined()
})

test("[WA16] a hidden sender is found out by what the encryption has learnt, or stays hidden", async () => {
  const kit = await open()
  kit.service.say("who am I?", { from: "22222222@lid", sender_lid: "" })
  await kit.clock.advance(0)
  expect(kit.journaled).toMatchObject([{ sender: { id: "22222222@lid", hidden: true } }])
  await kit.service.socket.keys.set({ "lid-mapping": { "33333333_reverse": "15550133" } })
  kit.service.say("and I?", { from: "33333333@lid", sender_lid: "" })
  await kit.clock.advance(0)
  expect(kit.journaled[1]).toMatchObject({
    chat: "15550133@s.whatsapp.net",
    sender: { id: "+15550133" },
  })
})

test("[WA17] a storm of messages that cannot be decrypted writes little, and other chats work", async () => {
  const kit = await open()
  for (let number = 0; number < 1_000; number += 1) kit.service.say("bad mac")
  kit.service.say("still here")
  for (let turn = 0; turn < 100 && kit.journaled.length === 0; turn += 1) await kit.clock.advance(0)
  expect(texts(kit)).toEqual(["still here"])
  expect(kit.lines.filter((line) => /warn|error|could not/.test(line))).toEqual([])
})

test("a message that cannot be decrypted is not seen: its text comes later under the same id", async () => {
  const kit = await open()
  kit.service.say("bad mac", { id: "LATER" })
  await kit.clock.advance(0)
  expect(kit.channel.health().skipped).toBe(0)
  kit.service.say("here it is", { id: "LATER" })
  await kit.clock.advance(0)
  expect(kit.journaled).toMatchObject([{ messageId: "LATER", text: "here it is" }])
})

test("[WA21] what claims to be between our own devices is none of the gateway's", async () => {
  const kit = await open()
  kit.service.say("history", { category: "peer" })
  kit.service.say("history", { category: "peer", from: `${OWNER}@s.whatsapp.net` })
  await kit.clock.advance(0)
  expect(kit.journaled).toEqual([])
  expect(kit.channel.health().skipped).toBe(2)
  expect(kit.vault.counts[AREAS.unread]).toBeUndefined()
})

test("while the disk fails a message is offered again, for as long as it takes", async () => {
  const journal = createTestJournal()
  let failing = true
  const kit = await open({
    journal: async (message) => {
      if (failing) throw new GatewayError("UNAVAILABLE", "Disk full.", { reason: "storage" })
      return journal.write(message)
    },
  })
  kit.service.say("hello")
  await kit.clock.advance(600_000)
  expect(kit.vault.counts[AREAS.unread]).toBe(1)
  failing = false
  await kit.clock.advance(1_000)
  expect(journal.messages.map(({ text }) => text)).toEqual(["hello"])
  expect(kit.vault.counts[AREAS.unread]).toBeUndefined()
})

test("a message that fails every time is skipped after three tries, and what follows comes through", async () => {
  const journal = createTestJournal()
  let tries = 0
  const kit = await open({
    journal: async (message) => {
      if (message.text !== "poison") return journal.write(message)
      tries += 1
      throw new Error("broken")
    },
  })
  kit.service.say("poison")
  kit.service.say("good")
  await kit.clock.advance(10_000)
  expect(tries).toBe(3)
  expect(journal.messages.map(({ text }) => text)).toEqual(["good"])
  expect(kit.channel.health().skipped).toBe(1)
})

test("[WA20] a group is named as far as its name can be had, and asked for once", async () => {
  const kit = await open()
  kit.service.groups.set(GROUP, { id: GROUP, subject: "Friends", participants: [] })
  const from = { from: GROUP, participant: ADA }
  kit.service.say("one", { ...from, id: "G1" })
  kit.service.say("two", { ...from, id: "G2" })
  kit.service.say("three", { ...from, id: "G3", from: "120363000000000009@g.us" })
  kit.service.say("four", { ...from, id: "G4", from: "120363000000000009@g.us" })
  await kit.clock.advance(0)
  expect(kit.journaled.map(({ group }) => group?.title)).toEqual([
    "Friends",
    "Friends",
    undefined,
    undefined,
  ])
  expect(kit.service.state.asked).toBe(2)
})

test("read receipts name a message as the service did, and are off when the settings say so", async () => {
  const kit = await open()
  kit.service.say("hello", { from: ADA_LID, sender_lid: ADA })
  await kit.clock.advance(0)
  expect(kit.journaled[0]?.chat).toBe(ADA)
  kit.channel.markRead?.(kit.journaled)
  await kit.clock.advance(0)
  expect(kit.service.read).toMatchObject([{ remoteJid: ADA_LID, id: "IN1" }])

  const quiet = await open({ settings: { readReceipts: false } })
  quiet.service.say("hello")
  await quiet.clock.advance(0)
  quiet.channel.markRead?.(quiet.journaled)
  await quiet.clock.advance(0)
  expect(quiet.service.read).toEqual([])
})

test("[D1] a stop does not wait for the answer to a read receipt longer than for a message", async () => {
  const kit = await open()
  kit.service.say("hello")
  await kit.clock.advance(0)
  const { socket } = kit.service
  const { end } = socket
  const answer = Promise.withResolvers<void>()
  Object.assign(socket, {
    markRead: () => answer.promise,
    end() {
      answer.reject(closedError())
      end()
    },
  })
  kit.channel.markRead?.(kit.journaled)
  let stopped = false
  void kit.channel.stop().then(() => {
    stopped = true
  })
  await kit.clock.advance(TEST_TIMINGS.lastSendsMs)
  expect(stopped).toBe(true)
})

test("old texts are forgotten", async () => {
  const kit = await open({ timings: { keepSentMs: 60_000 } })
  kit.service.say("hello")
  await kit.clock.advance(0)
  expect(kit.vault.counts[AREAS.deciphered]).toBe(1)
  await kit.clock.advance(61_000)
  kit.service.socket.close({ by: "library", cause: "lost" })
  await kit.clock.advance(5_000)
  expect(kit.vault.counts[AREAS.deciphered]).toBeUndefined()
})

test("[WA23] a message carries the time at which the service gave it, by the service's own clock", async () => {
  const kit = await open()
  kit.service.say("before its clock is known")
  await kit.clock.advance(0)
  kit.service.socket.handlers.time(1_800_000_000_000)
  await kit.clock.advance(5_000)
  kit.service.say("after", { t: "1800000004" })
  await kit.clock.advance(0)
  expect(kit.journaled.map(({ servedAt }) => servedAt)).toEqual([undefined, 1_800_000_005_000])
})
