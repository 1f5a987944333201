import fc from "fast-check"
import { expect, test } from "vitest"
import type { InboundMessage } from "../channels/channel.ts"
import { toPrompt } from "./envelope.ts"

function message(words: Partial<InboundMessage> = {}): InboundMessage {
  return {
    channel: "telegram",
    account: "1",
    chat: "7",
    messageId: "m",
    order: 1,
    sender: { id: "7", name: "Ada" },
    text: "hello",
    ts: Date.UTC(2026, 0, 2, 3, 4, 5),
    sessionKey: "telegram:7",
    ...words,
  }
}

test("a message stands in its envelope with channel, sender, time and group", () => {
  expect(toPrompt([message({ group: { id: "-5", title: "Team", mentioned: true } })], "UTC")).toBe(
    `[message channel="telegram" sender="Ada (7)" time="2026-01-02T03:04:05+00:00" group="Team"]\nhello\n[/message]`,
  )
})

test("the agent is told the time where its person is, with the offset of that day", () => {
  expect(toPrompt([message({})], "Asia/Kolkata")).toContain('time="2026-01-02T08:34:05+05:30"')
  const summer = message({ ts: Date.UTC(2026, 6, 1) })
  expect(toPrompt([summer], "America/New_York")).toContain('time="2026-06-30T20:00:00-04:00"')
})

test("several messages keep their order, and a quotation is marked line by line", () => {
  const prompt = toPrompt(
    [message({ text: "first" }), message({ text: "second", quoted: { text: "a\nb" } })],
    "UTC",
  )
  expect(prompt.indexOf("first")).toBeLessThan(prompt.indexOf("second"))
  expect(prompt).toContain("> a\n> b\nsecond\n[/message]")
})

const evil = fc
  .array(
    fc.constantFrom(
      "[message",
      "[/message]",
      "[MESSAGE channel=",
      "[/Message]",
      "\n",
      "\r",
      "\u2028",
      "\u200b",
      " ",
      "\\",
      '"',
      "]",
      "[",
      "text",
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""))

test("nothing that somebody writes, or is called, opens or closes an envelope", () => {
  fc.assert(
    fc.property(evil, evil, evil, fc.option(evil), (text, name, title, quoted) => {
      const prompt = toPrompt(
        [
          message({
            text,
            sender: { id: "7", name },
            group: { id: "-5", title, mentioned: false },
            ...(quoted !== null && { quoted: { text: quoted } }),
          }),
        ],
        "UTC",
      )
      const edges = prompt.match(/(?<!\\)\[\/?message\b/gi)
      expect(edges).toEqual(["[message", "[/message"])
      const [head] = prompt.split("\n")
      expect(head?.endsWith("]")).toBe(true)
      expect(head?.indexOf("]")).toBe((head?.length ?? 0) - 1)
    }),
  )
})
