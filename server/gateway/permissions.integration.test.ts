// What an agent asks before it acts, over the wire (rules E6 and M12), on a real gateway.

import { afterEach, expect, test } from "vitest"
import type { PermissionOption } from "#protocol"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"
import type { TestClient } from "../testing/test-client.ts"

const OPTIONS: readonly PermissionOption[] = [
  { id: "yes", label: "Allow", kind: "allow_once" },
  { id: "no", label: "Reject", kind: "reject_once" },
]
const SCRIPT = [
  { ask: { callId: "c-1", title: "Delete a.txt", kind: "delete", input: "{}", options: OPTIONS } },
] as const

const gateways: StartedGateway[] = []

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway[Symbol.asyncDispose]()
})

async function start(options: Parameters<typeof startGateway>[0] = {}) {
  const gateway = await startGateway({ script: SCRIPT, ...options })
  gateways.push(gateway)
  return gateway
}

/** The first question that this client sees. */
async function question(client: TestClient) {
  const frame = await client.event("agent", ({ data }) => "expiresAt" in data)
  const { data, runId } = frame.payload
  if (!("expiresAt" in data)) throw new Error("this is no question")
  return { runId, ...data }
}

test("[E6, M12] a client sees the question, answers it, and the run goes on", async () => {
  const gateway = await start()
  const page = await gateway.connect({ caps: ["runs"] })
  const run = page.request("agent", { message: "delete it", idempotencyKey: "k" })
  const { requestId, runId, ...asked } = await question(page)
  expect(asked).toEqual({
    callId: "c-1",
    title: "Delete a.txt",
    input: "{}",
    options: OPTIONS,
    expiresAt: expect.any(Number),
  })
  const decision = { runId, requestId, optionId: "yes" }
  expect(await page.request("agent.decide", decision)).toEqual({ ok: true })
  expect(await run).toMatchObject({ status: "ok", text: "yes by client." })
  const decided = await page.event("agent", ({ data }) => "decided" in data)
  expect(decided.payload).toMatchObject({
    stream: "permission",
    data: { requestId, decided: { optionId: "yes", by: "client" } },
  })
})

test("[M12] a page that reloads finds the question in the history, until it is decided", async () => {
  const gateway = await start()
  const first = await gateway.connect({ caps: ["runs"] })
  const run = first.request("agent", { message: "delete it", idempotencyKey: "k" })
  run.catch(() => undefined)
  const { runId, ...request } = await question(first)
  await first.close()
  const second = await gateway.connect({ caps: ["runs"] })
  const before = await second.request("chat.history", { sessionKey: "main" })
  expect(before.running).toMatchObject([{ runId, permissions: [request] }])
  await second.request("agent.decide", { runId, requestId: request.requestId, optionId: "no" })
  await second.event("agent", ({ stream }) => stream === "lifecycle")
  const after = await second.request("chat.history", { sessionKey: "main" })
  expect(after.running?.[0]?.permissions).toBeUndefined()
})

test("[M12] what no run asks, was decided, or is no option is INVALID_REQUEST", async () => {
  const gateway = await start()
  const page = await gateway.connect({ caps: ["runs"] })
  const run = page.request("agent", { message: "delete it", idempotencyKey: "k" })
  const { requestId, runId } = await question(page)
  const decide = (words: Partial<{ runId: string; requestId: string; optionId: string }>) =>
    page.request("agent.decide", { runId, requestId, optionId: "yes", ...words })
  for (const wrong of [{ runId: "r" }, { requestId: "q" }, { optionId: "o" }]) {
    await expect(decide(wrong)).rejects.toMatchObject({ code: "INVALID_REQUEST" })
  }
  const both = await Promise.allSettled([decide({ optionId: "no" }), decide({ optionId: "yes" })])
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"])
  expect(await run).toMatchObject({ text: "no by client." })
  await expect(decide({})).rejects.toMatchObject({ code: "INVALID_REQUEST" })
})

test("[M12] without an answer the question expires and is refused, and the run goes on", async () => {
  const gateway = await start({ timings: { permissionMs: 20 } })
  const page = await gateway.connect({ caps: ["runs"] })
  const run = page.request("agent", { message: "delete it", idempotencyKey: "k" })
  expect(await run).toMatchObject({ text: "no by timeout." })
})

test("[M12] a run that is stopped ends, and its question with it", async () => {
  // Without the question ending, nothing but this would end the run.
  const gateway = await start({ timings: { graceMs: 60_000 } })
  const page = await gateway.connect({ caps: ["runs"] })
  const run = page.request("agent", { message: "delete it", idempotencyKey: "k" })
  run.catch(() => undefined)
  const { requestId } = await question(page)
  await page.request("chat.abort", { sessionKey: "main" })
  await expect(run).rejects.toMatchObject({ reason: "aborted" })
  const decided = await page.event("agent", ({ data }) => "decided" in data)
  expect(decided.payload.data).toMatchObject({ requestId, decided: { by: "abort" } })
})

test("[M12] the deadline of the run refuses what waits", async () => {
  const gateway = await start({ options: { defaults: { thinking: "off", timeoutMs: 30 } } })
  const page = await gateway.connect({ caps: ["runs"] })
  const run = page.request("agent", { message: "delete it", idempotencyKey: "k" })
  // The question ends at the same moment as the run, which may hear of either first.
  await run.catch((error: unknown) => expect(error).toMatchObject({ code: "AGENT_TIMEOUT" }))
  const decided = await page.event("agent", ({ data }) => "decided" in data)
  expect(decided.payload.data).toMatchObject({ decided: { by: "timeout" } })
})

test("[M12] a message of a channel is nobody's to answer: the rule for channels decides", async () => {
  const gateway = await start({ options: { permissions: { webchat: "ask", channels: "allow" } } })
  const page = await gateway.connect({ caps: ["runs"] })
  await gateway.channel.say("delete it")
  const decided = await page.event("agent", ({ data }) => "decided" in data)
  expect(decided.payload.data).toMatchObject({ decided: { optionId: "yes", by: "rule" } })
  expect(page.events.some(({ payload }) => "data" in payload && "expiresAt" in payload.data)).toBe(
    false,
  )
})

test("[M12] a client that only follows its run is not asked, but one that follows all runs is", async () => {
  const gateway = await start()
  const asker = await gateway.connect()
  const refused = await asker.request("agent", { message: "delete it", idempotencyKey: "k-1" })
  expect(refused).toMatchObject({ text: "no by rule." })

  const page = await gateway.connect({ caps: ["runs"] })
  const run = asker.request("agent", { message: "delete it", idempotencyKey: "k-2" })
  const { requestId, runId } = await question(page)
  await page.request("agent.decide", { runId, requestId, optionId: "yes" })
  expect(await run).toMatchObject({ text: "yes by client." })
})

test("[M12] when the only one who could answer has left, the question is refused", async () => {
  const gate = Promise.withResolvers<void>()
  const lonely = await start({ script: [{ wait: gate.promise }, ...SCRIPT] })
  const leaver = await lonely.connect({ caps: ["runs"] })
  const asked = { message: "delete it", idempotencyKey: "k" }
  const left = leaver.request("agent", asked)
  left.catch(() => undefined)
  await leaver.event("agent")
  await leaver.close()
  gate.resolve()
  const back = await lonely.connect()
  expect(await back.request("agent", asked)).toMatchObject({ text: "no by rule." })
})
