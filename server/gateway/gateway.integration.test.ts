import { expect, test } from "vitest"
import { WebSocket } from "ws"
import { startGateway } from "../testing/start-gateway.ts"

test("[H2] hello-ok carries the snapshot, the features and the policy", async () => {
  await using gateway = await startGateway()
  const client = await gateway.connect()
  const { features, policy, protocol, server, snapshot } = client.helloOk
  expect(protocol).toBe(1)
  expect(server).toMatchObject({ version: "0.0.0-test", connId: expect.any(String) })
  expect(features.methods).toContain("agent")
  expect(features.events).toContain("tick")
  expect(policy).toMatchObject({ maxPayload: 8 * 1024 * 1024, maxBufferedBytes: 1.5 * 1024 * 1024 })
  expect(snapshot.health).toMatchObject({ ok: true, agent: { engine: "scripted", state: "ready" } })
  expect(snapshot.presence[0]).toMatchObject({ mode: "gateway", reason: "self" })
})

test("[A1, A2, E6] an agent request is acknowledged, streams events and ends with one final", async () => {
  await using gateway = await startGateway({
    script: [
      { say: "Let me look. " },
      { tool: { phase: "start", callId: "1", name: "look", input: "{}" } },
      { tool: { phase: "end", callId: "1", name: "look", output: "fine", ok: true } },
      { say: "All is well." },
    ],
  })
  const client = await gateway.connect()
  let runId = ""
  const final = await client.request(
    "agent",
    { message: "how are you?", idempotencyKey: "k1" },
    (ack) => {
      expect(ack).toMatchObject({ status: "accepted", sessionKey: "main" })
      expect(client.events.filter((frame) => frame.event === "agent")).toEqual([])
      runId = ack.runId
    },
  )
  expect(final).toEqual({
    runId,
    status: "ok",
    summary: "completed",
    text: "Let me look.\n\nAll is well.",
  })
  const payloads = client.events.flatMap((frame) => (frame.event === "agent" ? frame.payload : []))
  expect(payloads).toMatchObject([
    { seq: 1, stream: "lifecycle", data: { phase: "started" } },
    { seq: 2, stream: "assistant", data: { offset: 0, delta: "Let me look. " } },
    { seq: 3, stream: "tool", data: { phase: "start", callId: "1" } },
    { seq: 4, stream: "tool", data: { phase: "end", ok: true } },
    { seq: 5, stream: "assistant", data: { offset: 13, delta: "All is well." } },
    { seq: 6, stream: "lifecycle", data: { phase: "ended" } },
  ])
  const history = await client.request("chat.history", { sessionKey: "main" })
  expect(history.messages).toMatchObject([
    { role: "user", idempotencyKey: "k1", parts: [{ type: "text", text: "how are you?" }] },
    {
      role: "assistant",
      runId,
      parts: [{ type: "text" }, { type: "tool", ok: true }, { type: "text" }],
    },
  ])
})

test("[D1] a stop announces itself, closes with 1012 and leaves nothing open", async () => {
  await using gateway = await startGateway()
  const client = await gateway.connect()
  await gateway.end()
  expect(await client.closed).toEqual({ code: 1012, reason: "service restart" })
  expect(client.events.at(-1)).toMatchObject({
    event: "shutdown",
    payload: { reason: "test over" },
  })
})

test("[I4] a message in is answered once, through the outbox", async () => {
  await using gateway = await startGateway({ script: [{ say: "hello back" }] })
  const client = await gateway.connect({ caps: ["runs"] })
  await gateway.channel.say("hello")
  await client.event("chat", ({ message }) => message.role === "assistant")
  await client.event(
    "agent",
    ({ data, stream }) => stream === "lifecycle" && data.phase === "ended",
  )
  await gateway.end()
  expect(gateway.channel.sent).toMatchObject([{ chat: "1", text: "hello back" }])
})

test("[H3] a first frame that is no hello is told why and closed", async () => {
  await using gateway = await startGateway()
  const webSocket = new WebSocket(gateway.url)
  const seen: string[] = []
  webSocket.on("open", () => webSocket.send('{"type":"req","id":"1","method":"health"}'))
  webSocket.on("message", (data) => seen.push(String(data)))
  const [code, reason] = await new Promise<[number, string]>((resolve) =>
    webSocket.on("close", (code, reason) => resolve([code, String(reason)])),
  )
  expect(JSON.parse(seen[0] ?? "")).toMatchObject({ type: "hello-error", code: "INVALID_REQUEST" })
  expect([code, reason]).toEqual([1008, "invalid hello"])
})
