// An agent of the Agent Client Protocol that says and does what a test tells it: it posts each prompt to the
// puppeteer's address and plays the lines of the answer as they come.

import { request } from "node:http"
import { createInterface } from "node:readline"
import { Readable, Writable } from "node:stream"
import {
  type AgentContext,
  agent,
  methods,
  ndJsonStream,
  PROTOCOL_VERSION,
  type RequestPermissionRequest,
} from "@agentclientprotocol/sdk"
import type { PuppetLine } from "./puppeteer.ts"

const address = process.env["PUPPETEER"] ?? ""
const LABELS = { allow_once: "Allow", allow_always: "Always allow", reject_once: "Reject" }
const cancels = new Map<string, () => void>()
let sessions = 0

const app = agent({ name: "puppet" })
  .onRequest(methods.agent.initialize, () => ({ protocolVersion: PROTOCOL_VERSION }))
  .onRequest(methods.agent.session.new, () => {
    sessions += 1
    return { sessionId: `${process.pid}-${sessions}` }
  })
  .onNotification(methods.agent.session.cancel, ({ params }) => cancels.get(params.sessionId)?.())
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    const { sessionId } = params
    const prompt = params.prompt
      .map((block) => {
        if (block.type === "resource_link") return `[${block.name}]`
        return block.type === "text" ? block.text : ""
      })
      .join("\n")
    const update = async (line: PuppetLine) => {
      if ("crash" in line) {
        process.stderr.write(`${line.crash}\n`, () => process.exit(1))
        return
      }
      const said = "ask" in line ? { say: await ask(client, sessionId, line) } : line
      await client.notify(methods.client.session.update, { sessionId, update: toUpdate(said) })
    }
    const cancelled = await playTurn(prompt, sessionId, update)
    return { stopReason: cancelled ? "cancelled" : "end_turn" }
  })

const connection = app.connect(
  ndJsonStream(
    Writable.toWeb(process.stdout),
    Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
  ),
)
await connection.closed
process.exit(0)

function playTurn(
  prompt: string,
  sessionId: string,
  update: (line: PuppetLine) => Promise<void>,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const turn = request(address, { method: "POST" }, (response) => {
      let played: Promise<unknown> = Promise.resolve()
      createInterface({ input: response })
        // So ends a turn that is cancelled, too; by then it is told what became of it.
        .on("error", reject)
        .on("line", (line) => {
          played = played.then(() => update(JSON.parse(line) as PuppetLine))
        })
        .on("close", () => {
          played.then(() => resolve(false), reject)
        })
    })
    turn.on("error", reject)
    cancels.set(sessionId, () => {
      turn.destroy()
      resolve(true)
    })
    turn.end(prompt)
  })
}

type AskLine = Extract<PuppetLine, { readonly ask: string }>

async function ask(client: AgentContext, sessionId: string, line: AskLine): Promise<string> {
  const { kinds = ["allow_once", "reject_once"] as const } = line
  const request: RequestPermissionRequest = {
    sessionId,
    toolCall: { toolCallId: line.ask, title: line.title, rawInput: line.input },
    options: kinds.map((kind) => ({ optionId: kind, name: LABELS[kind], kind })),
  }
  const { outcome } = await client.request(methods.client.session.requestPermission, request)
  return outcome.outcome === "selected" ? outcome.optionId : outcome.outcome
}

function toUpdate(line: Exclude<PuppetLine, AskLine | { readonly crash: string }>) {
  if ("say" in line) {
    return {
      sessionUpdate: "agent_message_chunk" as const,
      content: { type: "text" as const, text: line.say },
    }
  }
  if ("think" in line) {
    return {
      sessionUpdate: "agent_thought_chunk" as const,
      content: { type: "text" as const, text: line.think },
    }
  }
  return {
    sessionUpdate: "tool_call" as const,
    toolCallId: line.tool,
    title: line.title,
    status: line.status,
    ...(line.output !== undefined && { rawOutput: line.output }),
  }
}
