import { signal } from "@preact/signals"
import { h, options, render } from "preact"
import { expect, onTestFinished, test, vi } from "vitest"
import type { AgentEvent, ChatMessage } from "#protocol"
import { createChat } from "../../store/chat.ts"
import { createHealth } from "../../store/health.ts"
import type { Outbox, OutboxEntry } from "../../store/outbox.ts"
import type { Page } from "../../store/page.ts"
import { createSettings } from "../../store/settings.ts"
import { useFakeDocument } from "../../testing/fake-document.ts"
import { createFakeRequests } from "../../testing/fake-requests.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createMemoryStorage } from "../../testing/memory-storage.ts"
import { message } from "../../testing/samples.ts"
import { loadMarkdown } from "../../ui/rich-text.tsx"
import { Transcript } from "./transcript.tsx"

vi.mock("../files/files.css", () => ({}))

/** Names of the components that are drawn, until they are taken. */
function countDrawing(): () => readonly string[] {
  // Preact's hook for its tools: called before each component is drawn.
  const hooks = options as { __r?: (node: { type: { name?: string } }) => void }
  const before = hooks.__r
  const drawn: string[] = []
  hooks.__r = (node) => {
    drawn.push(node.type.name ?? "")
    before?.(node as never)
  }
  onTestFinished(() => {
    if (before === undefined) delete hooks.__r
    else hooks.__r = before
  })
  return () => drawn.splice(0)
}

async function setUp(messages: readonly ChatMessage[]) {
  await loadMarkdown()
  const root = useFakeDocument()
  const clock = createManualClock()
  const gateway = createFakeRequests()
  const entries = signal<readonly OutboxEntry[]>([])
  const outbox = { entries, arrived: () => undefined } as Partial<Outbox> as Outbox
  const chat = createChat({
    sessionKey: "main",
    gateway: gateway.requests,
    clock,
    outbox,
    toGatewayTime: (ts) => ts,
    toDate: (ts) => new Date(ts).toDateString(),
    onBehind: () => undefined,
  })
  const refreshed = chat.refresh()
  await gateway.answer("chat.history", { sessionKey: "main", sessionId: "s", messages })
  await refreshed
  const page = {
    chat,
    health: createHealth(clock),
    connection: { offers: () => false, online: signal(true) },
    settings: createSettings(createMemoryStorage()),
  } as unknown as Page
  const take = countDrawing()
  render(h(Transcript, { page }), root as unknown as Element)
  onTestFinished(() => render(null, root as unknown as Element))
  let seq = 0
  let offset = 0
  /** One delta, and what was drawn for it. */
  async function say(delta: string): Promise<readonly string[]> {
    seq += 1
    const event: AgentEvent = {
      runId: "live",
      sessionKey: "main",
      seq,
      ts: clock.now(),
      stream: "assistant",
      data: { messageId: "m", offset, delta },
    }
    offset += delta.length
    take()
    chat.agent(event)
    await clock.advance(40)
    await new Promise((resolve) => setTimeout(resolve))
    return take()
  }
  return { chat, root, say, take }
}

function conversation(count: number): readonly ChatMessage[] {
  return Array.from({ length: count }, (_, index) =>
    message(`m${index}`, index, {
      role: index % 2 === 0 ? "user" : "assistant",
      parts: [{ type: "text", text: `# Number ${index}\n\nwith **words**\n\n- and\n- a list` }],
    }),
  )
}

test("a delta draws its answer and its last block, however many messages and blocks there are", async () => {
  const { root, say, take } = await setUp(conversation(200))
  expect(take().filter((name) => name === "Article")).toHaveLength(200)
  await say("First.\n\nSecond.\n\nThird.")
  expect(root.textContent).toContain("Third.")
  for (let block = 0; block < 10; block += 1) {
    await say(`\n\nParagraph ${block}`)
    const drawn = await say(" goes on")
    expect(drawn.filter((name) => name === "Block")).toHaveLength(1)
    expect(drawn.filter((name) => /Row|Transcript|Composer|Thoughts|ToolCalls/.test(name))).toEqual(
      ["AnswerRow"],
    )
    expect(drawn.length).toBeLessThan(16)
  }
  expect(root.textContent).toContain("Paragraph 9 goes on")
})

test("an answer that is done stays the same nodes", async () => {
  const { chat, root, say } = await setUp(conversation(2))
  await say("Some **words**.")
  const find = () => root.children[0]?.children.at(-1)?.children.at(-1)?.children[0]
  const before = find()
  expect(before?.textContent).toContain("Some words.")
  chat.message(
    message("a", 9, {
      role: "assistant",
      runId: "live",
      parts: [{ type: "text", text: "Some **words**." }],
    }),
  )
  await new Promise((resolve) => setTimeout(resolve))
  expect(chat.isLive.value).toBe(false)
  expect(find()).toBe(before)
})
