import { setTimeout as pass } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import { type ChatMessage, GatewayError } from "#protocol"
import { connectClient, type TestClient } from "../server/testing/test-client.ts"
import { createTelegramLab } from "./lab/telegram/lab.ts"
import type { GatewayProcess } from "./support/gateway-process.ts"
import { linkAhead } from "./support/link-ahead.ts"
import { createChance } from "./support/random.ts"
import { createWhatsappRig, ADA as NUMBER } from "./support/whatsapp-rig.ts"

const KILLS = Number(process.env["CLAWDIS_KILLS"] ?? 15)
const SEED = Number(process.env["CLAWDIS_SEED"] ?? Date.now() % 1_000_000)
const CHAT = 42
const WORD = /(?:word|wort|last)[0-9]+/g

test(`[CR1, WA13, TG11] ${KILLS} kills while messages flow both ways: none lost, none doubled (seed ${SEED})`, {
  timeout: 180_000 + KILLS * 30_000,
}, async () => {
  const chance = createChance(SEED)
  const telegram = createTelegramLab()
  await telegram.start()
  onTestFinished(() => telegram.stop())
  const { ada, gateway, lab, puppeteer } = await createWhatsappRig({
    channels: {
      telegram: { botToken: telegram.token, apiRoot: telegram.apiRoot, allowFrom: [CHAT] },
    },
  })
  const bea = telegram.person({ id: CHAT, firstName: "Bea", username: "bea_lab" })
  puppeteer.answerAll((prompt) => `got ${wordsIn(prompt).join(" ")}`)
  await linkAhead(gateway, lab)
  await gateway.start()
  await lab.untilActive()

  const said: Record<Side, string[]> = { telegram: [], whatsapp: [] }
  const say: Record<Side, (word: string) => Promise<void>> = {
    telegram: async (word) => void bea.say(word),
    whatsapp: async (word) => void (await ada.sendText(word)),
  }
  async function speak(side: Side, word: string): Promise<void> {
    said[side].push(word)
    await say[side](word)
  }
  const sends = createSends(gateway)

  for (let kill = 0; kill < KILLS; kill += 1) {
    if (kill > 0) await gateway.start()
    const until = performance.now() + chance.between(0, 1_500)
    while (performance.now() < until) {
      await speak("telegram", `word${said.telegram.length}`)
      await speak("whatsapp", `wort${said.whatsapp.length}`)
      if (chance.between(0, 3) < 1) sends.begin(chance.between(0, 2) < 1 ? "telegram" : "whatsapp")
      await pass(chance.between(5, 150))
    }
    await gateway.kill()
  }
  await gateway.start()
  await speak("telegram", "last1")
  await speak("whatsapp", "last2")

  const client = await connectClient(gateway.url, { caps: ["runs"] })
  const turns: Record<Side, number> = { telegram: 0, whatsapp: 0 }
  for (const [side, session] of SESSIONS) {
    const messages = await untilQuiet(client, session, said[side].at(-1) ?? "")
    const heard = messages.filter(({ role }) => role === "user").map(textOf)
    // A second is WhatsApp's finest measure, so what a kill cut apart within one may change places.
    expect(side === "whatsapp" ? heard.toSorted() : heard).toEqual(
      side === "whatsapp" ? said[side].toSorted() : said[side],
    )
    const runs = new Set(messages.flatMap(({ role, runId }) => (role === "user" ? [runId] : [])))
    const answers = messages.filter(({ role }) => role === "assistant")
    expect(new Set(answers.map(({ runId }) => runId))).toEqual(runs)
    expect(answers).toHaveLength(runs.size)
    turns[side] = runs.size
  }
  const outcomes = await sends.settled(client)
  const { outbox } = await client.request("status", {})
  await client.close()
  // A `send` that many kills kept from leaving becomes too old for it, and its client is told so.
  const failed = outcomes.filter(({ state }) => state === "failed").length
  expect(outbox).toMatchObject({ pending: 0, failed })
  // A kill may fall between a call to Telegram and its answer: that message is reported, not repeated.
  // On WhatsApp that can only happen to one that then became too old to be repeated.
  const doubtful = outcomes.filter(({ side, state }) => side === "whatsapp" && state === "unknown")
  expect(outbox.unknown).toBeLessThanOrEqual(KILLS + doubtful.length)

  const arrived: Record<Side, string[]> = {
    telegram: telegram.sent(CHAT).map(({ text }) => text ?? ""),
    // The person's phone shows a message once, however often its id came.
    whatsapp: ada.received.map(({ text }) => text ?? ""),
  }
  for (const texts of Object.values(arrived)) {
    const answered = texts.flatMap(wordsIn)
    expect(new Set(answered).size).toBe(answered.length)
  }
  // Each turn has one answer, or, when a kill cut it twice, one sentence that says so. WhatsApp drops a
  // repetition, so that there nothing has to stay unknown.
  const answersOn = (side: Side) => arrived[side].filter((text) => !text.startsWith("news")).length
  expect(answersOn("whatsapp")).toBe(turns.whatsapp)
  expect(answersOn("telegram")).toBeLessThanOrEqual(turns.telegram)
  expect(answersOn("telegram")).toBeGreaterThanOrEqual(turns.telegram - outbox.unknown)
  for (const { side, text, state } of outcomes) {
    const copies = arrived[side].filter((found) => found === text).length
    if (state === "sent") expect(copies, text).toBe(1)
    else if (state === "failed") expect(copies, text).toBe(0)
    else expect(copies, text).toBeLessThanOrEqual(1)
  }
})

type Side = "telegram" | "whatsapp"

const SESSIONS: readonly (readonly [Side, string])[] = [
  ["telegram", `telegram:${CHAT}`],
  ["whatsapp", `whatsapp:${NUMBER}`],
]

interface Send {
  readonly side: Side
  readonly key: string
  readonly text: string
}

interface EndedSend extends Send {
  readonly state: "sent" | "unknown" | "failed"
}

/** A client that sends, loses its connection with the gateway, and repeats under the same key until it knows. */
function createSends(gateway: GatewayProcess) {
  const begun: Send[] = []

  function paramsOf({ key, side, text }: Send) {
    const to = side === "telegram" ? `telegram:${CHAT}` : NUMBER
    return { to, message: text, idempotencyKey: key }
  }

  async function tryOnce(send: Send): Promise<void> {
    const client = await connectClient(gateway.url)
    await client.request("send", paramsOf(send))
    await client.close()
  }

  return {
    begin(side: Side): void {
      const send = { side, key: `k${begun.length}`, text: `news ${begun.length} ${side}` }
      begun.push(send)
      // What becomes of it is asked for at the end, under its key.
      tryOnce(send).catch(() => undefined)
    },
    async settled(client: TestClient): Promise<EndedSend[]> {
      const outcomes: EndedSend[] = []
      for (const send of begun) outcomes.push({ ...send, state: await outcomeOf(client, send) })
      return outcomes
    },
  }

  async function outcomeOf(client: TestClient, send: Send): Promise<EndedSend["state"]> {
    for (;;) {
      try {
        await client.request("send", paramsOf(send))
        return "sent"
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        if (error.reason === "outcome_unknown") return "unknown"
        if (error.message === "It became too old to be sent.") return "failed"
        if (error.retryable !== true) throw error
      }
    }
  }
}

/** The whole conversation, once `word` was answered and nothing waits any more. */
async function untilQuiet(
  client: TestClient,
  sessionKey: string,
  word: string,
): Promise<readonly ChatMessage[]> {
  for (;;) {
    const messages = await readAll(client, sessionKey)
    const asked = messages.find((message) => message.role === "user" && textOf(message) === word)
    const answered = messages.some(
      ({ role, runId }) => role === "assistant" && runId === asked?.runId,
    )
    const { inbox, outbox, runs } = await client.request("status", {})
    const waiting = inbox.pending + outbox.pending + runs.active + runs.queued
    if (answered && waiting === 0) return messages
    await pass(50)
  }
}

async function readAll(client: TestClient, sessionKey: string): Promise<readonly ChatMessage[]> {
  const messages: ChatMessage[] = []
  let before: string | undefined
  do {
    const page = await client
      .request("chat.history", { sessionKey, limit: 200, ...(before && { before }) })
      .catch(() => ({ messages: [], cursor: undefined }))
    messages.unshift(...page.messages)
    before = page.cursor
  } while (before !== undefined)
  return messages
}

function textOf(message: ChatMessage): string {
  return message.parts.map((part) => (part.type === "text" ? part.text : "")).join("")
}

function wordsIn(text: string): string[] {
  return text.match(WORD) ?? []
}
