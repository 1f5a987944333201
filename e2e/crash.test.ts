// `kill -9` at every named moment of the store, and at any other: nothing that was accepted is lost, and
// nothing is done twice. How the real services take it is in kills.test.ts.

import { expect, onTestFinished, test } from "vitest"
import type { ChatMessage } from "#protocol"
import type { TestClient } from "../server/testing/test-client.ts"
import type { CrashMoment, ServiceId } from "./support/crash-entry.ts"
import { type Crash, type CrashWorld, createCrashWorld } from "./support/crash-world.ts"
import { type Chance, createChance } from "./support/random.ts"

const CRASHES = Number(process.env["CLAWDIS_CRASHES"] ?? 40)
const SEED = Number(process.env["CLAWDIS_SEED"] ?? Date.now() % 1_000_000)
/** Everything is looked at after so many. */
const ROUND = 50

test(`[CR1, CR2, CR3, I4, A1, A2, A6] ${CRASHES} crashes at named and at random moments: none lost, none doubled (seed ${SEED})`, {
  timeout: 60_000 + CRASHES * 10_000,
}, async () => {
  const chance = createChance(SEED)
  const world = await createCrashWorld(onTestFinished)
  await world.settle(async () => undefined)
  const moments = chance.shuffled(world.points)
  let atPoint = 0
  for (let crash = 1; crash <= CRASHES; crash += 1) {
    if (await world.live(choose(chance, moments, crash))) atPoint += 1
    if (crash % ROUND === 0 || crash === CRASHES)
      await world.settle((client) => check(world, client, crash))
  }
  expect(atPoint).toBeGreaterThan(CRASHES / 3)
})

/** Two of three at a named moment, each in its turn. */
function choose(chance: Chance, moments: readonly CrashMoment[], crash: number): Crash {
  const moment = moments[crash % moments.length]
  if (crash % 3 === 0 || moment === undefined) {
    const afterMs = chance.between(0, 150)
    return { kind: "time", afterMs, fromStart: chance.between(0, 3) === 0 }
  }
  const { name, times } = moment
  return { kind: "point", name, nth: chance.between(1, Math.min(times, 3)), afterMs: 2_000 }
}

async function check(world: CrashWorld, client: TestClient, crashes: number): Promise<void> {
  const { outbox } = await client.request("status", {})
  expect(outbox).toMatchObject({ pending: 0, failed: 0 })
  // At each crash one call of each chat may be under way.
  expect(outbox.unknown).toBeLessThanOrEqual(3 * crashes)
  let missing = 0
  for (const { channel, end, text } of world.sends) {
    const copies = countShown(world, channel, text)
    if (end?.state === "unknown") {
      expect(channel).toBe("plain")
      expect(copies, text).toBeLessThanOrEqual(1)
    } else expect(copies, text).toBe(1)
    if (copies === 0) missing += 1
  }
  // Read once: there are as many messages as requests.
  const conversations: Record<ServiceId, readonly ChatMessage[]> = {
    sure: await readAll(client, "sure:cleo"),
    plain: await readAll(client, "plain:cleo"),
  }
  for (const request of world.runs) {
    missing += checkRun(world, conversations[request.channel], request)
  }
  for (const channel of ["sure", "plain"] as const)
    missing += await checkHeard(world, client, channel)
  // What a service does not have is told to be unknown.
  expect(missing).toBeLessThanOrEqual(outbox.unknown)
}

/** Gives how many answers did not arrive. */
function checkRun(
  world: CrashWorld,
  messages: readonly ChatMessage[],
  { channel, end, runId = "", text }: CrashWorld["runs"][number],
): number {
  expect(world.turns.get(runId) ?? 0, text).toBeLessThanOrEqual(1)
  const own = messages.filter((message) => message.runId === runId)
  expect(
    own.map(({ role }) => role),
    text,
  ).toEqual(["user", "assistant"])
  const copies = countShown(world, channel, `answer ${runId}`)
  expect(copies, text).toBeLessThanOrEqual(1)
  if (end !== "ok") return 0
  if (channel === "sure") expect(copies, text).toBe(1)
  return 1 - copies
}

/** Every word that was confirmed is in one turn, and each turn was answered. Gives how many answers did not arrive. */
async function checkHeard(
  world: CrashWorld,
  client: TestClient,
  channel: ServiceId,
): Promise<number> {
  const messages = await readAll(client, `${channel}:ada`)
  const heard = messages.filter(({ role }) => role === "user")
  const words = world.said.filter((one) => one.channel === channel).map(({ text }) => text)
  expect(heard.map(textOf).toSorted()).toEqual(words.toSorted())
  const turns = new Set(heard.map(({ runId }) => runId ?? ""))
  const answered = messages.filter(({ role }) => role === "assistant")
  expect(answered.map(({ runId }) => runId).toSorted()).toEqual([...turns].toSorted())
  for (const runId of turns) expect(world.turns.get(runId) ?? 0).toBeLessThanOrEqual(2)
  const shown = world.shown[channel].filter(({ chat }) => chat === "ada")
  // A turn that was cut twice is answered by a sentence that says so, the same for each.
  const answers = shown.map(({ text }) => text).filter((text) => text.startsWith("answer "))
  expect(answers).toEqual([...new Set(answers)])
  expect(shown.length).toBeLessThanOrEqual(turns.size)
  if (channel === "sure") expect(shown).toHaveLength(turns.size)
  return turns.size - shown.length
}

function countShown(world: CrashWorld, channel: ServiceId, text: string): number {
  return world.shown[channel].filter((message) => message.text === text).length
}

async function readAll(client: TestClient, sessionKey: string): Promise<ChatMessage[]> {
  const messages: ChatMessage[] = []
  let before: string | undefined
  do {
    const page = await client.request("chat.history", {
      sessionKey,
      limit: 200,
      ...(before !== undefined && { before }),
    })
    messages.unshift(...page.messages)
    before = page.cursor
  } while (before !== undefined)
  return messages
}

function textOf({ parts }: ChatMessage): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("")
}
