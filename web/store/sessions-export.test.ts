import { expect, test } from "vitest"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { message } from "../testing/samples.ts"
import { fetchConversation, toFileName, toJsonFile, toMarkdownFile } from "./sessions-export.ts"

const words = {
  who: ({ role }: { role: string }) => (role === "assistant" ? "Clawdis" : "An*na"),
  when: (ts: number) => `at ${ts}`,
  attachment: (name: string) => `Attachment: ${name}`,
  tool: (name: string) => `Tool: ${name}`,
  thought: "Thought",
  cut: "The rest was cut.",
  incomplete: "This answer is not complete.",
}

test("[M7] a conversation is fetched to its beginning, and given up when nobody wants it any more", async () => {
  const gateway = createFakeRequests()
  const counts: number[] = []
  const wish = new AbortController()
  const options = {
    gateway: gateway.requests,
    sessionKey: "main",
    signal: wish.signal,
    onProgress: (count: number) => void counts.push(count),
  }
  const fetched = fetchConversation(options)
  await gateway.answer("chat.history", { messages: [message("c", 3)], cursor: "2" })
  const asked = await gateway.answer("chat.history", {
    messages: [message("a", 1), message("b", 2)],
  })
  expect(asked).toEqual({ sessionKey: "main", limit: 200, before: "2" })
  expect((await fetched).map(({ id }) => id)).toEqual(["a", "b", "c"])
  expect(counts).toEqual([1, 3])

  const given = expect(fetchConversation(options)).rejects.toThrow("enough")
  wish.abort(new Error("enough"))
  await gateway.answer("chat.history", { messages: [], cursor: "2" })
  await given
  expect(gateway.waiting).toEqual([])
})

test("an exported conversation is Markdown in which what people wrote is no heading and ends no block", () => {
  const file = toMarkdownFile(
    {
      sessionKey: "main",
      title: "Plans *of* <mine>",
      exportedAt: 0,
      messages: [
        message("q", 1, {
          parts: [
            { type: "text", text: "# two\nlines" },
            {
              type: "attachment",
              mediaId: "m",
              name: "a.png",
              mimeType: "image/png",
              bytes: 1,
              state: "expired",
            },
          ],
        }),
        message("a", 2, {
          role: "assistant",
          status: "interrupted",
          parts: [
            { type: "thought", text: "Hm." },
            {
              type: "tool",
              callId: "c",
              name: "read",
              input: "x",
              output: "```\nend",
              startedAt: 1,
            },
            { type: "text", text: "**Yes**", truncated: true },
          ],
        }),
      ],
    },
    words,
  )
  expect(file).toBe(
    [
      "# Plans \\*of\\* \\<mine\\>",
      "## An\\*na · at 1",
      "> # two\n> lines",
      "> Attachment: a.png",
      "## Clawdis · at 2",
      "> Thought: Hm.",
      "> Tool: read",
      "```\nx\n```",
      "````\n```\nend\n````",
      "**Yes**\n\n> The rest was cut.",
      "> This answer is not complete.\n",
    ].join("\n\n"),
  )
})

test("an exported conversation as JSON holds each message as it was told", () => {
  const messages = [message("q", 1), message("a", 2, { role: "assistant" })]
  const file = toJsonFile({ sessionKey: "main", title: "Home", exportedAt: 0, messages })
  expect(JSON.parse(file)).toEqual({
    sessionKey: "main",
    title: "Home",
    exportedAt: "1970-01-01T00:00:00.000Z",
    messages,
  })
})

test.for([
  ["Home", "clawdis-Home-1970-01-01.md"],
  ["../../etc: *Über* / 日本", "clawdis-etc-Über-日本-1970-01-01.md"],
  ["…", "clawdis-1970-01-01.md"],
  ["x".repeat(200), `clawdis-${"x".repeat(60)}-1970-01-01.md`],
] as const)("a file of the session %j is called %j", ([title, name]) => {
  expect(toFileName(title, "1970-01-01", "md")).toBe(name)
})
