// An agent of the Agent Client Protocol over real standard input and output that does what its prompt says.

import { type ChildProcess, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { closeSync } from "node:fs"
import { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import {
  type AgentContext,
  agent,
  type ContentBlock,
  methods,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
  type RequestPermissionRequest,
  type StopReason,
} from "@agentclientprotocol/sdk"
import { holdLifeline } from "./lifeline.ts"
import type { AgentStep, Received } from "./script.ts"

const cancels = new Map<string, () => void>()
const remembers = process.argv.includes("--remembers")
const thinks = process.argv.includes("--thinks")
const levels = new Map<string, string>()
let sessions = 0

/** A select of groups, as agents give it that have many levels. */
function toOptions(sessionId: string) {
  if (!thinks) return {}
  const options = ["none", "low", "high"].map((value) => ({ value, name: `${value} effort` }))
  return {
    configOptions: [
      {
        type: "select" as const,
        id: "effort",
        name: "Effort",
        category: "thought_level",
        currentValue: levels.get(sessionId) ?? "high",
        options: [{ group: "all", name: "All", options }],
      },
    ],
  }
}

const app = agent({ name: "scripted" })
  .onRequest(methods.agent.initialize, () => {
    if (process.argv.includes("--never-starts")) return new Promise(() => undefined)
    return {
      protocolVersion: process.argv.includes("--other-version") ? 99 : PROTOCOL_VERSION,
      agentCapabilities: {
        loadSession: remembers,
        promptCapabilities: { image: true },
      },
    }
  })
  .onRequest(methods.agent.session.new, () => {
    if (process.argv.includes("--logged-out")) throw RequestError.authRequired()
    sessions += 1
    const sessionId = `session-${process.pid}-${sessions}`
    return { sessionId, ...toOptions(sessionId) }
  })
  .onRequest(methods.agent.session.load, async ({ params, client }) => {
    if (process.argv.includes("--dies-at-load")) process.exit(4)
    if (process.argv.includes("--forgets")) throw RequestError.resourceNotFound(params.sessionId)
    // A real agent repeats the conversation here.
    await say(client, params.sessionId, "from before")
    return toOptions(params.sessionId)
  })
  .onRequest(methods.agent.session.setConfigOption, ({ params }) => {
    if (process.argv.includes("--stubborn")) throw RequestError.invalidParams()
    levels.set(params.sessionId, String(params.value))
    return { configOptions: toOptions(params.sessionId).configOptions ?? [] }
  })
  .onNotification(methods.agent.session.cancel, ({ params }) => cancels.get(params.sessionId)?.())
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    const { sessionId, prompt } = params
    const last = prompt.at(-1)
    const steps = last?.type === "text" ? readSteps(last.text) : undefined
    if (steps === undefined) {
      await say(client, sessionId, JSON.stringify(toReceived(sessionId, prompt)))
      return { stopReason: "end_turn" }
    }
    return { stopReason: await play(steps, sessionId, client) }
  })

await holdLifeline(process.env["LIFELINE_PORT"])
const stdin = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>
const connection = app.connect(ndJsonStream(Writable.toWeb(process.stdout), stdin))
await connection.closed
process.exit(0)

function readSteps(text: string): AgentStep[] | undefined {
  return text.startsWith("[{") ? (JSON.parse(text) as AgentStep[]) : undefined
}

function toReceived(session: string, blocks: readonly ContentBlock[]): Received {
  return {
    process: process.pid,
    session,
    blocks: blocks.map((block) => {
      const text = block.type === "text" ? block.text : ""
      return {
        type: block.type,
        length: text.length,
        sha256: createHash("sha256").update(text).digest("hex"),
        start: text.slice(0, 40),
      }
    }),
  }
}

async function say(client: AgentContext, sessionId: string, text: string): Promise<void> {
  await client.notify(methods.client.session.update, {
    sessionId,
    update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } },
  })
}

async function play(
  steps: readonly AgentStep[],
  sessionId: string,
  client: AgentContext,
): Promise<StopReason> {
  for (const step of steps) {
    const stop = await playStep(step, sessionId, client)
    if (stop !== undefined) return stop
  }
  return "end_turn"
}

async function playStep(
  step: AgentStep,
  sessionId: string,
  client: AgentContext,
): Promise<StopReason | undefined> {
  if ("say" in step) await say(client, sessionId, step.say)
  if ("update" in step) {
    await client.notify(methods.client.session.update, { sessionId, update: step.update })
  }
  if ("ask" in step) {
    const request: RequestPermissionRequest = {
      sessionId,
      toolCall: {
        toolCallId: step.ask.callId,
        title: "Delete everything",
        ...(step.ask.kind !== undefined && { kind: step.ask.kind }),
      },
      options: step.ask.kinds.map((kind) => ({ optionId: `id-${kind}`, name: kind, kind })),
    }
    const { outcome } = await client.request(methods.client.session.requestPermission, request)
    await say(client, sessionId, JSON.stringify(outcome))
  }
  if ("write" in step) {
    for (const piece of step.write) await write(Buffer.from(piece, "base64"))
  }
  if ("flood" in step) {
    const piece = Buffer.concat([Buffer.alloc(step.flood.bytes, "x"), Buffer.from(step.flood.end)])
    for (let count = 0; count < step.flood.times; count += 1) await write(piece)
  }
  if ("complain" in step) {
    await new Promise<void>((resolve) => process.stderr.write(step.complain, () => resolve()))
  }
  if ("exit" in step) process.exit(step.exit)
  if ("killSelf" in step) process.kill(process.pid, "SIGKILL")
  if ("untilCancelled" in step) {
    await new Promise<void>((resolve) => cancels.set(sessionId, resolve))
    return "cancelled"
  }
  if ("ignoreCancel" in step) {
    process.on("SIGTERM", () => undefined)
    setInterval(() => undefined, 60_000)
    await new Promise(() => undefined)
  }
  if ("grandchild" in step) await once(startGrandchild(), "ready")
  if ("close" in step) closeSync(step.close === "input" ? process.stdin.fd : process.stdout.fd)
  if ("sayEnvironment" in step) {
    await say(client, sessionId, JSON.stringify(Object.keys(process.env).sort()))
  }
  if ("sayThinking" in step) await say(client, sessionId, levels.get(sessionId) ?? "as ever")
  if ("fail" in step) throw RequestError.internalError({ details: step.fail })
  return "stop" in step ? step.stop : undefined
}

function startGrandchild(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve("./grandchild.ts"))], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  child.stdout.once("data", () => child.emit("ready"))
  return child
}

function write(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => process.stdout.write(bytes, () => resolve()))
}
