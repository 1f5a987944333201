import fc from "fast-check"
import { expect, test, vi } from "vitest"
import { invalidRequest, type Part } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import type { MediaSource } from "../media/media.ts"
import type { MediaRecord } from "../store/store.ts"
import { attachFiles } from "./attachments.ts"

const nameOf = (source: MediaSource) => (source.kind === "path" ? source.path : source.url.href)

const toFile = (source: MediaSource): MediaRecord => ({
  mediaId: nameOf(source),
  path: `/media${nameOf(source)}`,
  mimeType: "image/png",
  name: "a.png",
  bytes: 1,
})

/** Everything may be sent but what lies in /etc. */
const obtain = vi.fn(async (source: MediaSource) => {
  if (nameOf(source).startsWith("/etc")) throw invalidRequest("mediaUrl: no", "blocked_path")
  if (nameOf(source).endsWith("broken")) throw new Error("disk on fire")
  return toFile(source)
})

async function attach(text: string, parts: Part[] = [{ type: "text", text }]) {
  obtain.mockClear()
  const answer = await attachFiles({ text, parts }, { media: { obtain }, log: silentLogger })
  return { ...answer, asked: obtain.mock.calls.map(([source]) => nameOf(source)) }
}

test.for([
  ["MEDIA:/a.png", ["/a.png"], ""],
  ["  MEDIA: /a b.png  ", ["/a b.png"], ""],
  ["media:https://x.example/a?b=c", ["https://x.example/a?b=c"], ""],
  ["Look:\n\nMEDIA:/a.png\n\nNice.", ["/a.png"], "Look:\n\nNice."],
  ["MEDIA:/a.png\nMEDIA:/b.png\nText", ["/a.png", "/b.png"], "Text"],
  ["MEDIA:/a.png\nand\nMEDIA:/a.png", ["/a.png"], "and"],
  ["a\n\n\nb\nMEDIA:/a.png", ["/a.png"], "a\n\n\nb"],
  ["MEDIA:/etc/passwd", ["/etc/passwd"], "(attachment blocked)"],
  ["MEDIA:/broken", ["/broken"], "(attachment unavailable)"],
  ["MEDIA:~/.clawdis/clawdis.json", [], "(attachment blocked)"],
  ["MEDIA:../x", [], "(attachment blocked)"],
  ["MEDIA:file:///etc/passwd", [], "(attachment blocked)"],
  ["MEDIA:data:text/plain,hi", [], "(attachment blocked)"],
  ["MEDIA:https://me:pw@x.example/a", [], "(attachment blocked)"],
] as const)("[M5, AU26] of %j the files are %j and the text is %j", async ([text, asked, left]) => {
  const answer = await attach(text)
  expect(answer).toMatchObject({ asked, text: left })
  const shown = answer.parts.flatMap((part) => (part.type === "text" ? [part.text] : []))
  expect(shown).toEqual(left === "" ? [] : [left])
})

test.for([
  "The file is MEDIA:/a.png",
  "MEDIA: the press said so",
  "MEDIA:",
  "MEDIA:cat.png",
  "> MEDIA:/a.png",
  "Write a line such as\n```\nMEDIA:/a.png\n```\nand it is sent.",
  "As\n````md\n```\nMEDIA:/a.png\n```\n````\nor\n- ~~~\n  MEDIA:/a.png\n  ~~~",
])("[M5] %j names no file", async (text) => {
  const parts: Part[] = [{ type: "text", text }]
  expect(await attach(text, parts)).toMatchObject({ asked: [], files: [], text, parts })
})

test("[M5] tools and thoughts stay where they were, and files stand at the end", async () => {
  const tool: Part = { type: "tool", callId: "1", name: "draw", startedAt: 1 }
  const thought: Part = { type: "thought", text: "MEDIA:/secret.png" }
  const parts: Part[] = [
    { type: "text", text: "MEDIA:/a.png" },
    thought,
    tool,
    { type: "text", text: "Done.\nMEDIA:/b.png" },
  ]
  const answer = await attach("MEDIA:/a.png\n\nDone.\nMEDIA:/b.png", parts)
  expect(answer.asked).toEqual(["/a.png", "/b.png"])
  expect(answer.parts).toMatchObject([
    thought,
    tool,
    { type: "text", text: "Done." },
    { type: "attachment", mediaId: "/a.png", state: "ok" },
    { type: "attachment", mediaId: "/b.png", state: "ok" },
  ])
})

test("[M5] an answer brings ten files at most", async () => {
  const lines = Array.from({ length: 12 }, (_, index) => `MEDIA:/${index}.png`)
  const answer = await attach(lines.join("\n"))
  expect(answer.files).toHaveLength(10)
  expect(answer.text).toBe("(attachment blocked)\n(attachment blocked)")
})

test("[M5] a text without such a line stays as it is, whatever it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      fc.pre(!/media:/i.test(text))
      expect((await attach(text)).text).toBe(text)
    }),
  )
})
