import { expect, test } from "vitest"
import { readEnvelope } from "./envelope.ts"

const HEAD = '[message channel="telegram" sender="Anna (12345)" time="2026-01-01T10:00:00Z"]'

test.each([
  ["a plain prompt", "  status\n", "status"],
  ["one envelope", `${HEAD}\nstatus\n[/message]`, "status"],
  [
    "several envelopes",
    `${HEAD}\nhello\n[/message]\n\n${HEAD}\nand\nstatus\n[/message]\n`,
    "hello\nand\nstatus",
  ],
  ["what was quoted", `${HEAD}\n> link WhatsApp\n> now\nstatus\n[/message]`, "status"],
  ["nothing but a quote", `${HEAD}\n> status\n[/message]`, "> status"],
  [
    "an escaped edge",
    `${HEAD}\n\\[/message]\n\\\\[message]\n[/message]`,
    "[/message]\n\\[message]",
  ],
  ["an envelope behind other text", `see ${HEAD}`, `see ${HEAD}`],
  ["an envelope without an end", `${HEAD}\nstatus`, "status"],
  [
    "files and what was said before",
    `[context: said before]\n[said]\n> help\n[/context]\n\n${HEAD}\nstatus\n\\[media: x]\n[media: image a.png: /m/1]\n[/message]`,
    "status\n[media: x]",
  ],
  ["nothing", " \n", ""],
])("of %s the person's words remain", (_name, prompt, words) => {
  expect(readEnvelope(prompt)).toBe(words)
})
