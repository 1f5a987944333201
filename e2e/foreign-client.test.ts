// A client written against the published schema and SPEC.md alone: nothing of this program's client is used.

import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import { createSchemaFile } from "../bin/protocol-artefacts.ts"
import {
  connectForeignClient,
  type ForeignFrame,
  type ForeignOptions,
} from "./support/foreign-client.ts"
import { createGatewayProcess } from "./support/gateway-process.ts"
import { createPuppeteer } from "./support/puppeteer.ts"

const schema = createSchemaFile().text
const isFinal = ({ payload }: ForeignFrame) => payload?.status !== "accepted"
const isAgent = ({ event }: ForeignFrame) => event === "agent"
const textOf = (frames: readonly ForeignFrame[]) =>
  frames
    .filter((frame) => isAgent(frame) && frame.payload.stream === "assistant")
    .map(({ payload }) => payload.data.delta)
    .join("")

async function start() {
  const puppeteer = await createPuppeteer()
  const gateway = await createGatewayProcess({
    config: { agent: puppeteer.config },
    environment: puppeteer.environment,
  })
  onTestFinished(async () => {
    await gateway.remove()
    await puppeteer.close()
  })
  await gateway.start()
  const connect = (options: Partial<ForeignOptions> = {}) =>
    connectForeignClient({ url: gateway.url, schema, ...options })
  return { connect, puppeteer }
}

test.for(["text", "binary"] as const)(
  "[T2, H1, H2, H4, A1, A2, G2] a foreign client with %s frames gets hello-ok, ack, events and final, all valid",
  async (kind) => {
    const { connect, puppeteer } = await start()
    puppeteer.answerAll((prompt) => `You said: ${prompt}`)
    const client = await connect({ kind })
    expect(client.helloOk).toMatchObject({ protocol: 1 })
    for (const method of [
      "health",
      "status",
      "system-presence",
      "sessions.list",
      "commands.list",
    ]) {
      expect(await client.ask(method)).toMatchObject([{ ok: true }])
    }
    const note = { text: "a note", instanceId: "mac-1", mode: "ui" }
    expect(await client.ask("system-event", note)).toMatchObject([{ ok: true }])
    const ask = { message: "hello", idempotencyKey: "k", thinking: "default", to: "" }
    const [ack, final, ...more] = await client.ask("agent", ask, isFinal)
    expect(more).toEqual([])
    expect(ack?.payload).toMatchObject({ status: "accepted", sessionKey: "main" })
    expect(final?.payload).toMatchObject({ status: "ok", runId: ack?.payload.runId })
    expect(textOf(client.frames)).toBe(final?.payload.text)

    const run = client.events.filter(isAgent)
    const places = [ack, ...run, final].map((frame) => client.frames.indexOf(frame as ForeignFrame))
    expect(places).toEqual(places.toSorted((one, other) => one - other))
    const [history] = await client.ask("chat.history", { sessionKey: "main" })
    expect(history?.payload.messages.map(({ role }: { role: string }) => role)).toEqual([
      "user",
      "assistant",
    ])
    expect(client.lost).toBe(0)
    client.cut()
  },
)

test("[E1, E8, M8, R3] a foreign client counts what it lost, and history has it whole", async () => {
  const { connect, puppeteer } = await start()
  const client = await connect({ caps: ["runs"] })
  const asked = client.ask("agent", { message: "tell me", idempotencyKey: "k" }, isFinal)
  const turn = await puppeteer.nextTurn()
  const missed = client.lose((frame) => isAgent(frame) && frame.payload.stream === "assistant")
  turn.say("One. ")
  const { seq } = await missed
  turn.say("Two.")
  await client.until((frame) => isAgent(frame) && frame.payload.stream === "assistant")
  expect(client.lost).toBe(1)
  expect(client.events.map((event) => event.seq)).not.toContain(seq)
  expect(textOf(client.frames)).toBe("Two.")

  const [history] = await client.ask("chat.history", { sessionKey: "main" })
  expect(history?.payload.running).toMatchObject([{ parts: [{ type: "text", text: "One. Two." }] }])
  expect((await client.ask("health"))[0]?.ok).toBe(true)
  const [aborted] = await client.ask("chat.abort", { sessionKey: "main" })
  expect(aborted?.payload).toEqual({ aborted: true })
  const final = (await asked).at(-1)
  expect(final?.error).toMatchObject({ code: "UNAVAILABLE", details: { reason: "aborted" } })
  client.cut()
})

test("[A5, I2] a foreign client that comes back with its key finds its run, its end, and nothing done twice", async () => {
  const { connect, puppeteer } = await start()
  const ask = { message: "tell me", idempotencyKey: "mine" }
  const first = await connect()
  const cutOff = expect(first.ask("agent", ask, isFinal)).rejects.toThrow("closed")
  const turn = await puppeteer.nextTurn()
  turn.say("One. ")
  await first.until((frame) => isAgent(frame) && frame.payload.stream === "assistant")
  const ack = first.frames.find(({ type }) => type === "res")
  first.cut()
  await cutOff

  const second = await connect()
  const answers = second.ask("agent", ask, isFinal)
  await second.until(({ payload }) => payload?.status === "accepted")
  turn.say("Two.")
  turn.end()
  const [again, final] = await answers
  expect(again?.payload).toEqual(ack?.payload)
  expect(final?.payload).toMatchObject({
    status: "ok",
    runId: ack?.payload.runId,
    text: "One. Two.",
  })
  expect(textOf(second.frames)).toBe("Two.")
  expect([first.lost, second.lost]).toEqual([0, 0])

  const [late, same] = await second.ask("agent", ask, isFinal)
  expect([late?.payload, same?.payload]).toEqual([ack?.payload, final?.payload])
  const [conflict] = await second.ask("agent", { ...ask, message: "something else" }, isFinal)
  expect(conflict?.error?.details).toMatchObject({ reason: "idempotency_conflict" })
  expect(puppeteer.prompts).toHaveLength(1)
  second.cut()
})

// It passes because what follows each test, and hears every client in this process, makes it fail.
test("[G2] a test fails in which a gateway elsewhere sends what the schema does not allow", {
  fails: true,
}, async () => {
  const impostor = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  onTestFinished(() => new Promise<void>((resolve) => impostor.close(() => resolve())))
  impostor.on("connection", (socket) => socket.send('{"type":"event","event":"tick","seq":1}'))
  await once(impostor, "listening")
  const client = new WebSocket(`ws://127.0.0.1:${(impostor.address() as AddressInfo).port}/`)
  await once(client, "message")
  client.terminate()
})
