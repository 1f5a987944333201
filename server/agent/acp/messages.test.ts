import fc from "fast-check"
import { expect, test } from "vitest"
import { decodeMessage, splitLines } from "./messages.ts"

async function linesOf(chunks: readonly Uint8Array[], maxLineBytes = 1000): Promise<string[]> {
  const lines: string[] = []
  async function* source() {
    yield* chunks
  }
  for await (const line of splitLines(source(), { maxLineBytes })) {
    lines.push(Buffer.from(line).toString("utf8"))
  }
  return lines
}

test("[AG6] wherever the chunks are cut, the lines are the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme" })),
      fc.array(fc.nat(200)),
      async (texts, cuts) => {
        const lines = texts.map((text) => text.replaceAll("\n", " "))
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""))
        const borders = [0, ...cuts.filter((cut) => cut < bytes.length), bytes.length].sort(
          (a, b) => a - b,
        )
        const chunks = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end))
        expect(await linesOf(chunks, 1_000_000)).toEqual(lines)
      },
    ),
  )
})

test("[AG5] a line at the limit passes and one byte more does not, however it is cut", async () => {
  const whole = Buffer.alloc(1000, "x")
  expect(await linesOf([whole])).toEqual([whole.toString()])
  for (const chunks of [[Buffer.alloc(1001, "x")], [whole, Buffer.from("x")]]) {
    await expect(linesOf(chunks)).rejects.toMatchObject({ reason: "output_too_large" })
  }
})

test("[AG6] no bytes make the reader of messages throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (line) => {
        const message = decodeMessage(line)
        expect(message === undefined || message.jsonrpc === "2.0").toBe(true)
      },
    ),
  )
})
