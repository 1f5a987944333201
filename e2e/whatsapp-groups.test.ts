// What is said in groups of WhatsApp, through the real gateway process.

import { encodeWAMessage } from "@whiskeysockets/baileys"
import { expect, test } from "vitest"
import type { Addressing } from "./lab/whatsapp/groups.ts"
import { startLinkedWhatsapp, textsOf } from "./support/linked-whatsapp.ts"
import { ADA } from "./support/whatsapp-rig.ts"

const ID = "120363000000000007"
const TEAM = `${ID}@g.us`
const BEN = "+15550122"

async function startGroup(rule: object, addressing: Addressing = "lid") {
  const rig = await startLinkedWhatsapp({ whatsapp: { groups: { [TEAM]: rule } } })
  const ben = rig.lab.addPerson({ number: BEN.slice(1), name: "Ben" })
  const people = [rig.ada, ben]
  const group = rig.lab.addGroup({ id: ID, subject: "Team", people, addressing })
  const botId = (addressing === "pn" ? rig.owner.pn : rig.owner.lid) ?? ""
  rig.puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  return { ...rig, ben, botId, group }
}

test("[AU25] a group that nobody listed is silent, named to the operator, and let in by its id", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, ask, lab, owner, puppeteer, until } = rig
  const group = lab.addGroup({ id: ID, subject: "Team", people: [ada] })
  const say = (text: string) => ada.sendText(text, { group, mentions: [owner.lid] })
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  await say("word-1")
  await until("status", ({ dropped }) => dropped.length > 0)
  const { dropped } = await ask("status", {})
  expect(dropped).toMatchObject([{ channel: "whatsapp", id: TEAM, name: "Team", count: 1 }])
  expect([...lab.state.reads, ...lab.state.typing]).toEqual([])
  await ask("senders.allow", { channel: "whatsapp", id: TEAM })
  await ada.sendText("word-2", { group })
  await say("word-3")
  await ada.waitForText("heard word-2 word-3")
  await ask("senders.remove", { channel: "whatsapp", id: TEAM })
  await say("word-4")
  await until("status", ({ dropped }) => dropped.length > 0)
  expect(textsOf(ada)).toEqual(["heard word-2 word-3"])
  expect(puppeteer.prompts).toHaveLength(1)
})

test.for<Addressing>(["pn", "lid"])(
  "in a group that names people by %s the bot answers who speaks to it, and knows what was said before",
  async (addressing) => {
    const rule = { patterns: ["hey bot"] }
    const { ada, ask, ben, botId, group, lab, owner, puppeteer } = await startGroup(
      rule,
      addressing,
    )
    await ada.sendText("word-1", { group })
    await ben.sendText("word-2", { group })
    await ada.sendText("@bot word-3", { group, mentions: [botId] })
    const answer = await ada.waitForText("heard word-1 word-3")
    expect(answer.chat).toBe(TEAM)
    await ben.waitForText("heard word-1 word-3")
    const [prompt = ""] = puppeteer.prompts
    expect(prompt).toContain('group="Team"')
    expect(prompt).toContain(`sender="Ada (${ADA})"`)
    expect(prompt.split("[/context]")[0]).toContain("word-1")

    const quote = { id: answer.id, author: botId, text: answer.text ?? "" }
    await ada.sendText("word-4", { group, quote })
    await ada.waitFor(({ text }) => text?.endsWith("word-4") === true)
    expect(puppeteer.prompts[1]).toContain("> heard word-1 word-3")
    await ada.sendText("Hey Bot, word-5", { group })
    await ada.waitForText("heard word-5")
    // Either name of the account is a mention, and somebody else's is none.
    await ada.sendText("word-6", { group, mentions: [ben.lid, ben.pn ?? ""] })
    await ada.sendText("word-7", { group, mentions: [owner.pn ?? ""] })
    await ada.waitForText("heard word-6 word-7")
    await ada.sendText("word-8", { group, mentions: [owner.lid] })
    await ada.waitForText("heard word-8")
    // A command is one, too, where it is said to the bot.
    await ada.sendText("/help", { group })
    await ada.sendText("/mute", { group, quote })
    await ada.waitFor(({ text }) => text?.startsWith("Muted") === true)
    await ada.sendText("/mute", { group, quote, undecryptable: 1 })
    await ada.waitFor(({ text }) => text?.startsWith("No longer muted") === true)
    // Ben may not talk to it, whatever he does.
    await ben.sendText("hey bot word-9", { group, mentions: [botId] })
    await ada.sendText("hey bot word-0", { group })
    await ada.waitForText("heard word-0")
    expect(textsOf(ada).join(" ")).not.toContain("/stop")
    expect(puppeteer.prompts.join(" ")).not.toMatch(/word-[29]/)
    const { dropped, sessions } = await ask("status", {})
    expect(dropped).toMatchObject([{ channel: "whatsapp", id: BEN, name: "Ben", count: 2 }])
    expect(sessions.recent.map(({ key }) => key)).toEqual([`whatsapp:group:${ID}`])
    expect(lab.state.undecrypted).toEqual([])
  },
)

test("[WA16] where anyone may talk to the bot, also somebody whose number is hidden, about whom only that is known", async () => {
  const { ada, ask, ben, lab, group, owner, puppeteer } = await startGroup({
    anyone: true,
    mention: false,
  })
  const hidden = lab.addPerson({ lid: "777000000000001", name: "Hidden" })
  lab.group.add(group, ada, hidden)
  for (const [index, person] of [ben, hidden, ada].entries()) {
    await person.sendText(`word-${index}`, { group })
    await ada.waitForText(`heard word-${index}`)
  }
  expect(puppeteer.prompts[1]).toContain(`sender="Hidden (${hidden.lid})"`)
  // What is allowed in the group is not allowed beside it.
  await ben.sendText("word-3")
  await hidden.sendText("word-4", { by: "lid-only" })
  await ada.sendText("word-5")
  await ada.waitForText("heard word-5")
  expect((await ask("status", {})).dropped.map(({ id }) => id).toSorted()).toEqual(
    [BEN, hidden.lid].toSorted(),
  )
  // What the owner writes there by hand keeps the bot quiet.
  await owner.sendToGroup(group, "word-6")
  await ben.sendText("word-7", { group })
  await ada.sendText("word-8")
  await ada.waitForText("heard word-8")
  expect(puppeteer.prompts.join(" ")).not.toMatch(/word-[3467]/)
})

test("[WA20] put out of a group the bot cannot answer there, says so, and answers elsewhere and later", async () => {
  const rule = { anyone: true, mention: false }
  const { ada, ask, ben, group, lab, puppeteer, send, until } = await startGroup(rule)
  await ben.sendText("word-1", { group })
  await ben.waitForText("heard word-1")
  // It is put out while it works: nobody has told it when it answers.
  const [members] = [group.members]
  group.members = [ada.account, ben.account]
  await ben.sendText("word-2", { group })
  await until("health", ({ outbox }) => outbox.failed === 1)
  expect((await ask("outbox.list", {})).deliveries).toMatchObject([{ state: "failed" }])
  expect(await send("hello", { to: TEAM })).toMatchObject({
    code: "UNAVAILABLE",
    retryable: false,
    details: { reason: "not_in_group" },
  })
  await ada.sendText("word-3")
  await ada.waitForText("heard word-3")
  group.members = members
  await lab.group.add(group, ada, lab.addPerson({ number: "15550144", name: "Cleo" }))
  await ben.sendText("word-4", { group })
  await ben.waitForText("heard word-4")
  expect(puppeteer.prompts).toHaveLength(4)
})

test("[WA20] a group of 1,024 people that changes its name", async () => {
  const { ada, ben, group, lab, puppeteer } = await startGroup({ mention: false })
  // Their phones are off.
  const endpoint = { ...ada.account.endpoint, openFromGroup: async () => encodeWAMessage({}) }
  const others = Array.from({ length: 1_021 }, (_, index) => ({
    pn: `${16_660_000_000 + index}@s.whatsapp.net`,
    lid: `${888_000_000_000_000 + index}@lid`,
    name: `Person ${index}`,
    endpoint,
  }))
  group.members = [...group.members, ...others]
  expect(group.members).toHaveLength(1_024)
  await ada.sendText("word-1", { group })
  await ben.waitForText("heard word-1")
  expect(puppeteer.prompts[0]).toContain('group="Team"')
  lab.group.rename(group, ada, "Crew")
  await ada.sendText("word-2", { group })
  await ben.waitForText("heard word-2")
  expect(puppeteer.prompts[1]).toContain('group="Crew"')
})
