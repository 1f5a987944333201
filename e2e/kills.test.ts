import { setTimeout as pass } from "node:timers/promises"
import { expect, test } from "vitest"
import type { ChatMessage } from "#protocol"
import { connectClient, type TestClient } from "../server/testing/test-client.ts"
import { createChance } from "./support/random.ts"
import { ADA, createTelegramRig } from "./support/telegram-rig.ts"

const KILLS = Number(process.env["CLAWDIS_KILLS"] ?? 8)
const SEED = Number(process.env["CLAWDIS_SEED"] ?? Date.now() % 1_000_000)
const SESSION = `telegram:${ADA}`

test(`[CR1] ${KILLS} kills while messages come in: none lost, none answered twice (seed ${SEED})`, {
  timeout: 120_000 + KILLS * 20_000,
}, async () => {
  const chance = createChance(SEED)
  const { ada, gateway, lab, puppeteer } = await createTelegramRig()
  puppeteer.answerAll((prompt) => `got ${wordsOf(prompt).join(" ")}`)

  const said: string[] = []
  for (let kill = 0; kill < KILLS; kill += 1) {
    await gateway.start()
    const until = performance.now() + chance.between(0, 1_200)
    while (performance.now() < until) {
      said.push(`word${said.length}`)
      ada.say(said.at(-1) ?? "")
      await pass(chance.between(5, 120))
    }
    await gateway.kill()
  }
  await gateway.start()
  ada.say("last")
  said.push("last")

  const client = await connectClient(gateway.url, { caps: ["runs"] })
  const messages = await untilQuiet(client, "last")
  const heard = messages.filter(({ role }) => role === "user").map(textOf)
  expect(heard).toEqual(said)

  const runs = new Set(messages.flatMap(({ role, runId }) => (role === "user" ? [runId] : [])))
  const answers = messages.filter(({ role }) => role === "assistant")
  expect(new Set(answers.map(({ runId }) => runId))).toEqual(runs)
  expect(answers).toHaveLength(runs.size)

  const { outbox } = await client.request("status", {})
  const sent = lab.sent(ADA).map(({ text }) => text ?? "")
  const answered = sent.flatMap((text) => text.match(/word[0-9]+|last/g) ?? [])
  expect(new Set(answered).size).toBe(answered.length)
  expect(outbox).toMatchObject({ pending: 0, failed: 0 })
  // A kill may fall between a call to Telegram and its answer: that reply is reported, not repeated.
  expect(outbox.unknown).toBeLessThanOrEqual(KILLS)
  expect(sent.length).toBeGreaterThanOrEqual(runs.size - outbox.unknown)
  expect(sent.length).toBeLessThanOrEqual(runs.size)
  await client.close()
})

/** The whole conversation, once `word` was answered and nothing waits any more. */
async function untilQuiet(client: TestClient, word: string): Promise<readonly ChatMessage[]> {
  for (;;) {
    const messages = await readAll(client)
    const asked = messages.find((message) => message.role === "user" && textOf(message) === word)
    const answered = messages.some(
      ({ role, runId }) => role === "assistant" && runId === asked?.runId,
    )
    const { outbox, runs } = await client.request("status", {})
    if (answered && outbox.pending === 0 && runs.active + runs.queued === 0) return messages
    await pass(50)
  }
}

async function readAll(client: TestClient): Promise<readonly ChatMessage[]> {
  const messages: ChatMessage[] = []
  let before: string | undefined
  do {
    const page = await client
      .request("chat.history", { sessionKey: SESSION, limit: 200, ...(before && { before }) })
      .catch(() => ({ messages: [], cursor: undefined }))
    messages.unshift(...page.messages)
    before = page.cursor
  } while (before !== undefined)
  return messages
}

function textOf(message: ChatMessage): string {
  return message.parts.map((part) => (part.type === "text" ? part.text : "")).join("")
}

function wordsOf(prompt: string): string[] {
  return prompt.match(/word[0-9]+|last/g) ?? []
}
