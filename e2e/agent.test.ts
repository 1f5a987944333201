// A gateway in a process of its own and an agent of the Agent Client Protocol that it starts: what the
// agent asks is decided over the wire, and what it remembers outlives the gateway.

import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { AgentStep, Received } from "../server/agent/acp/testing/script.ts"
import { connectClient, type TestClient } from "../server/testing/test-client.ts"
import { createGatewayProcess } from "./support/gateway-process.ts"

const AGENT = join(import.meta.dirname, "../server/agent/acp/testing/scripted-agent.ts")

async function start(agent: Readonly<Record<string, unknown>> = {}) {
  const command = [process.execPath, AGENT, "--remembers"]
  const gateway = await createGatewayProcess({
    config: { agent: { engine: "acp", command, ...agent } },
  })
  onTestFinished(() => gateway.remove())
  await gateway.start()
  return { gateway, connect: () => connectClient(gateway.url, { caps: ["runs"] }) }
}

let asked = 0

function ask(client: TestClient, message: string | readonly AgentStep[]) {
  asked += 1
  return client.request("agent", {
    message: typeof message === "string" ? message : JSON.stringify(message),
    idempotencyKey: `k${asked}`,
  })
}

const DELETE: readonly AgentStep[] = [
  { ask: { callId: "c-1", kinds: ["allow_once", "reject_once"], kind: "delete" } },
]

test("[M12] what the agent asks is shown to clients, answered by one, and stands in the conversation", async () => {
  const { connect } = await start()
  const client = await connect()
  const run = ask(client, DELETE)
  const question = await client.event("agent", ({ data }) => "expiresAt" in data)
  const { data, runId } = question.payload
  if (!("expiresAt" in data)) throw new Error("this is no question")
  expect(data).toMatchObject({ callId: "c-1", title: "Delete everything" })
  const { requestId } = data
  await client.request("agent.decide", { runId, requestId, optionId: "id-reject_once" })
  expect(await run).toMatchObject({ text: '{"outcome":"selected","optionId":"id-reject_once"}' })
  const { messages } = await client.request("chat.history", { sessionKey: "main" })
  expect(messages.at(-1)?.parts).toContainEqual(
    expect.objectContaining({
      type: "tool",
      title: "Delete everything",
      ok: false,
      output: expect.stringContaining("somebody at a client said no"),
    }),
  )
  const { lines } = await client.request("logs.tail", { limit: 500 })
  const line = lines.find(({ text }) => text.startsWith("the agent asked for permission"))
  expect(line?.text).toContain("kind=delete decision=reject_once by=client")
  expect(JSON.stringify(lines)).not.toContain("Delete everything")
})

test("[M12] a rule of the configuration decides by the kind of tool", async () => {
  const webchat = [{ kinds: ["delete"], decision: "allow" }]
  const { connect } = await start({ permissions: { webchat } })
  const client = await connect()
  expect(await ask(client, DELETE)).toMatchObject({
    text: '{"outcome":"selected","optionId":"id-allow_once"}',
  })
})

test("an agent keeps its conversation over a kill of the gateway, until that is reset", async () => {
  const { connect, gateway } = await start({ instructions: "Be kind." })
  const talk = async () => {
    const client = await connect()
    const { text = "" } = await ask(client, "hello")
    return { client, received: JSON.parse(text) as Received }
  }
  const before = await talk()
  expect(before.received.blocks).toHaveLength(2)
  await gateway.kill()
  await gateway.start()
  const after = await talk()
  expect(after.received.process).not.toBe(before.received.process)
  expect(after.received.session).toBe(before.received.session)
  expect(after.received.blocks).toHaveLength(1)
  await after.client.request("sessions.reset", { sessionKey: "main" })
  const anew = await talk()
  expect(anew.received.session).not.toBe(before.received.session)
  expect(anew.received.blocks).toHaveLength(2)
})
