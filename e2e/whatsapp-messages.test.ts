// What people write on WhatsApp and what they get for it, through the real gateway process.

import { expect, test } from "vitest"
import { startLinkedWhatsapp, textsOf } from "./support/linked-whatsapp.ts"
import { ADA } from "./support/whatsapp-rig.ts"

const MALLORY = "+15550133"

test("[AU25, M15] a stranger gets nothing until an operator lets them in, and nothing after", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, ask, lab, puppeteer } = rig
  const mallory = lab.addPerson({ number: MALLORY.slice(1), name: "Mallory" })
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  await mallory.sendText("word-1")
  await mallory.sendText("word-2")
  await ada.sendText("word-3")
  await ada.waitForText("heard word-3")
  await lab.untilSettled()
  const row = { channel: "whatsapp", id: MALLORY, name: "Mallory" }
  const { dropped } = await ask("status", {})
  expect(dropped).toMatchObject([{ ...row, count: 2 }])
  expect(JSON.stringify(dropped)).not.toContain("word")
  const about = () =>
    [...lab.state.typing, ...lab.state.reads].filter(
      ({ chat }) => chat === mallory.pn || chat === mallory.lid,
    )
  expect([...about(), ...mallory.received]).toEqual([])

  await ask("senders.allow", { channel: "whatsapp", id: "+1 555 0133" })
  await mallory.sendText("word-4")
  await mallory.waitForText("heard word-4")
  await lab.waitFor(() => about().some((event) => "ids" in event))

  await ask("senders.remove", { channel: "whatsapp", id: MALLORY })
  const { length } = about()
  await mallory.sendText("word-5")
  await ada.sendText("word-6")
  await ada.waitForText("heard word-6")
  expect(textsOf(mallory)).toEqual(["heard word-4"])
  expect(about()).toHaveLength(length)
})

test("[WA16] everybody may write, but not who hides their number, until they are allowed by name", async () => {
  const rig = await startLinkedWhatsapp({ whatsapp: { allowFrom: ["*"] } })
  const { ada, ask, lab, puppeteer, until } = rig
  const hidden = lab.addPerson({ lid: "777000000000001", name: "Hidden" })
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  await hidden.sendText("word-1", { by: "lid-only" })
  await until("status", ({ dropped }) => dropped.length > 0)
  expect((await ask("status", {})).dropped).toMatchObject([
    { channel: "whatsapp", id: hidden.lid, name: "Hidden", count: 1 },
  ])
  await ada.sendText("word-2")
  await ada.waitForText("heard word-2")
  await ask("senders.allow", { channel: "whatsapp", id: hidden.lid })
  await hidden.sendText("word-3", { by: "lid-only" })
  await hidden.waitForText("heard word-3")
  expect(textsOf(hidden)).toEqual(["heard word-3"])
  const { sessions } = await ask("status", {})
  expect(sessions.recent.map(({ key }) => key)).toEqual([
    `whatsapp:${hidden.lid}`,
    `whatsapp:${ADA}`,
  ])
})

test("[WA16] one person by number, by hidden id and by hidden id alone is one session", async () => {
  const { ada, ask, lab, puppeteer, until } = await startLinkedWhatsapp({
    whatsapp: { allowFrom: [ADA, "+15550122"] },
  })
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  // Nobody has told the gateway whose hidden id this is.
  const ben = lab.addPerson({ number: "15550122", name: "Ben" })
  await ben.sendText("word-0", { by: "lid-only" })
  await until("status", ({ dropped }) => dropped.some(({ id }) => id === ben.lid))
  for (const [index, by] of (["lid", "number", "lid-only"] as const).entries()) {
    await ben.sendText(`word-${index + 1}`, { by })
    await ben.waitForText(`heard word-${index + 1}`)
  }
  await ada.sendText("word-4", { by: "lid-only" })
  await ada.waitForText("heard word-4")
  expect(puppeteer.prompts.at(-2)).toContain('sender="Ben (+15550122)"')
  expect(puppeteer.prompts.at(-1)).toContain(`sender="Ada (${ADA})"`)
  // Nor does it matter by which of them an operator names the person.
  const words = { message: "word-5", deliver: true, idempotencyKey: "5" }
  expect(await ask("agent", { ...words, to: ben.lid })).toMatchObject({ status: "ok" })
  await ben.waitForText("heard word-5")
  const { sessions } = await ask("status", {})
  expect(sessions.recent.map(({ key }) => key)).toEqual(["whatsapp:+15550122", `whatsapp:${ADA}`])
  const { messages } = await ask("chat.history", { sessionKey: "whatsapp:+15550122" })
  expect(messages).toHaveLength(8)
})

test("[WA12, WA14, WA23] what comes again starts one turn, and what is too old by the service's clock none, of which is told", async () => {
  const now = () => Date.now() - 3 * 24 * 3_600_000
  const { ada, ask, gateway, lab, puppeteer, until } = await startLinkedWhatsapp({ lab: { now } })
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  const letter = await ada.sendText("word-1")
  await ada.waitForText("heard word-1")
  lab.repeat(letter)
  await lab.resend(letter)
  await ada.sendText("word-6", { undecryptable: 2 })
  await ada.waitForText("heard word-6")
  // The limit of a day is ten times shorter here.
  const hoursAgo = (hours: number) => ({ atMs: now() - hours * 3_600_000 })
  await ada.sendText("word-2", hoursAgo(3))
  await ada.sendText("word-3", hoursAgo(2))
  await ada.waitForText("heard word-3")
  expect(await gateway.stop()).toBe(0)
  await lab.untilDisconnected()
  await lab.resend(letter)
  await ada.sendText("word-4", hoursAgo(2.6))
  await gateway.start()
  await ada.sendText("word-5")
  await ada.waitForText("heard word-5")
  await until("status", ({ inbox }) => inbox.expired === 2 && inbox.pending === 0)
  const { notices } = await ask("status", {})
  expect(notices.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^1 message was older than .* and not answered\.$/),
  ])
  expect(textsOf(ada)).toEqual(["heard word-1", "heard word-6", "heard word-3", "heard word-5"])
})

test("[CR2] a long answer comes in pieces, in order, also when a kill cuts it, and as WhatsApp shows it", async () => {
  const { ada, gateway, lab, puppeteer } = await startLinkedWhatsapp()
  const paragraphs = Array.from({ length: 100 }, (_, index) => `${index} ${"word ".repeat(19)}😀`)
  const answer = paragraphs.join("\n\n")
  expect(answer.length).toBeGreaterThan(9_500)
  await ada.sendText("tell me a story")
  ;(await puppeteer.nextTurn()).answer(answer)
  await ada.waitFor(({ text }) => text?.startsWith("0 word") === true)
  await gateway.kill()
  await lab.untilDisconnected()
  await gateway.start()
  await ada.waitFor(({ text }) => text?.endsWith(paragraphs.at(-1) ?? "") === true)
  const texts = textsOf(ada)
  expect(texts.join("\n\n")).toBe(answer)
  expect(texts.map((text) => Math.round((text?.length ?? 0) / 1_000))).toEqual([4, 4, 2])
  await ada.sendText("and now?")
  const markdown = "# Plan\n\n**one** *two* ~~three~~ [four](https://x.y)\n\n* item"
  ;(await puppeteer.nextTurn()).answer(markdown)
  await ada.waitForText("*Plan*\n\n*one* _two_ ~three~ four (https://x.y)\n\n- item")
})

test("what comes while the agent works becomes one turn; typing ends with it, and nothing says it was read", async () => {
  const { ada, lab, puppeteer } = await startLinkedWhatsapp({ whatsapp: { readReceipts: false } })
  const shown = () => lab.state.typing.map(({ state }) => state)
  await ada.sendText("word-1")
  const first = await puppeteer.nextTurn()
  // Shown anew before the service forgets it.
  await lab.waitFor(() => shown().filter((state) => state === "composing").length >= 3)
  for (const word of ["word-2", "word-3", "word-4"]) await ada.sendText(word)
  await lab.untilSettled()
  first.answer("one")
  const second = await puppeteer.nextTurn()
  expect(second.prompt.match(/word-[0-9]/g)).toEqual(["word-2", "word-3", "word-4"])
  second.answer("two")
  await ada.waitForText("two")
  await lab.waitFor(() => shown().at(-1) === "paused")
  expect(puppeteer.prompts).toHaveLength(2)
  expect(lab.state.reads).toEqual([])
})

test("reactions, edits, revokes, votes, statuses and channels start no turn and are counted", async () => {
  const { ada, ask, lab, puppeteer } = await startLinkedWhatsapp()
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  const letter = await ada.sendText("word-1")
  await ada.waitForText("heard word-1")
  const skipped = async () => (await ask("health", {})).channels["whatsapp"]?.skipped ?? 0
  // What the phone tells its own devices after a login is skipped, too.
  const before = await skipped()
  await ada.react(letter, "👍")
  await ada.edit(letter, "word-2")
  await ada.revoke(letter)
  await ada.send({ pollUpdateMessage: { pollCreationMessageKey: { id: letter.id, fromMe: true } } })
  await ada.postStatus("word-3")
  await lab.addPerson({ number: MALLORY.slice(1), name: "Mallory" }).postStatus("word-3")
  await lab.publish("word-4")
  await ada.sendText("word-5")
  await ada.waitForText("heard word-5")
  expect((await skipped()) - before).toBe(7)
  expect((await ask("status", {})).dropped).toEqual([])
  expect(puppeteer.prompts).toHaveLength(2)
  expect(puppeteer.prompts.join(" ")).not.toMatch(/word-[234]/)
})

test("[M14] the commands are answered by the gateway itself, and /stop stops what runs", async () => {
  const { ada, puppeteer } = await startLinkedWhatsapp()
  const say = async (command: string, begins: string) => {
    const { length } = ada.received
    await ada.sendText(command)
    return ada.waitFor(
      (message) =>
        ada.received.indexOf(message) >= length && message.text?.startsWith(begins) === true,
    )
  }
  const help = await say("/help", "/new - ")
  expect(help.text).toContain("/think off|")
  await say("/retry", "There is nothing to run again.")
  await say("/think high", "Thinking: high")
  expect((await say("/status", "Nothing is running here.")).text).toContain("WhatsApp: connected")

  await ada.sendText("work for ever")
  const turn = await puppeteer.nextTurn()
  expect((await say("/status", "Working on an answer")).text).toContain("Thinking: high")
  await say(" /STOP ", "Stopped.")
  await turn.dropped

  await ada.sendText("/retry")
  const again = await puppeteer.nextTurn()
  expect(again.prompt).toContain("work for ever")
  again.answer("done")
  await ada.waitForText("done")
  await say("/mute", "Muted")
  await ada.sendText("is anybody there?")
  await say("/mute", "No longer muted.")
  await say("/new", "A new conversation begins.")
  await ada.sendText("hello")
  const fresh = await puppeteer.nextTurn()
  expect(fresh.prompt).toContain("hello")
  expect(puppeteer.prompts).toHaveLength(3)
})

/** At this signal it is a minute later for the gateway. */
const LATER = `process.on("SIGUSR2", () => {
  const { now } = Date
  Date.now = () => now() + 60_000
})`

test("[WA15] the bot is quiet where its owner writes by hand, and knows later what was said", async () => {
  const { ada, ask, gateway, lab, owner, puppeteer, until } = await startLinkedWhatsapp({
    settings: { session: { handoverMinutes: 1 } },
    preloads: [`data:text/javascript,${encodeURIComponent(LATER)}`],
  })
  const ben = lab.addPerson({ number: "15550122", name: "Ben" })
  await owner.sendText(ada, "I will take this one", { by: "lid" })
  await owner.sendText(ben, "we do not know him")
  await ada.sendText("thank you")
  await ada.sendText("/status")
  await ada.waitFor(({ text }) => text?.startsWith("Nothing is running") === true)
  process.kill(gateway.pid ?? 0, "SIGUSR2")
  await until("health", ({ ts }) => ts > Date.now() + 30_000)
  await ada.sendText("and now you, bot")
  const turn = await puppeteer.nextTurn()
  const [context = "", asked = ""] = turn.prompt.split("[/context]")
  expect(context).toContain("I will take this one")
  expect(context).toContain("thank you")
  expect(asked).toContain("and now you, bot")
  turn.answer("here I am")
  await ada.waitForText("here I am")
  // Where nobody may talk to it the bot has heard nothing.
  await ask("senders.allow", { channel: "whatsapp", id: "+15550122" })
  await ben.sendText("and I?")
  const other = await puppeteer.nextTurn()
  expect(other.prompt).toMatch(/^\[message /)
  expect(puppeteer.prompts).toHaveLength(2)
})

test("[WA15] by default only the owner is answered, in the chat with oneself, however it is named", async () => {
  const { ada, lab, owner, puppeteer, until } = await startLinkedWhatsapp({
    whatsapp: { allowFrom: [] },
  })
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  await ada.sendText("word-1")
  await owner.noteToSelf("word-2")
  await owner.waitFor(({ text }) => text === "heard word-2")
  await owner.noteToSelf("word-3", { by: "lid" })
  await owner.waitFor(({ text }) => text === "heard word-3")
  await until("status", ({ dropped }) => dropped.some(({ id }) => id === ADA))
  await lab.untilSettled()
  expect(textsOf(owner)).toEqual(["heard word-2", "heard word-3"])
  expect(ada.received).toEqual([])
})

test("[M5, I2] a message is sent to a number, an id, a hidden id and a group, and each key once", async () => {
  const { ada, lab, puppeteer, send } = await startLinkedWhatsapp()
  const group = lab.addGroup({ subject: "Team", people: [ada] })
  const targets: [to: string, toJid: string | undefined][] = [
    ["+1 (555) 0111", ada.pn],
    [ada.pn ?? "", ada.pn],
    [`whatsapp:${ADA}`, ada.pn],
    [ada.lid, ada.lid],
    [group.id, group.id],
  ]
  for (const [index, [to, toJid]] of targets.entries()) {
    const sent = await send(`text ${index}`, { to, channel: "whatsapp" })
    expect(sent).toMatchObject({ status: "sent", channel: "whatsapp", to, toJid })
    expect(await ada.waitForText(`text ${index}`)).toMatchObject({ copies: 1 })
  }
  const [one, two] = await Promise.all([send("twice"), send("twice")])
  expect(two).toEqual(one)
  expect(await send("twice")).toEqual(one)
  expect(await send("twice", { to: ada.lid })).toMatchObject({ code: "INVALID_REQUEST" })
  expect(await send("nobody", { to: "+15550999" })).toMatchObject({
    code: "UNAVAILABLE",
    details: { reason: "chat_not_found" },
  })
  await send("last")
  expect(ada.received.filter(({ copies }) => copies > 1)).toEqual([])
  expect(textsOf(ada).slice(-2)).toEqual(["twice", "last"])
  expect(lab.state.attempts).toHaveLength(targets.length + 2)
  expect(puppeteer.prompts).toEqual([])
})
