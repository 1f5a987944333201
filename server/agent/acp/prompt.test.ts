import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { toBlocks } from "./prompt.ts"

async function prepare(bytes = 5) {
  const folder = await mkdtemp(join(tmpdir(), "clawdis-test-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, "a b#c.png")
  await writeFile(path, "x".repeat(bytes))
  const file = { mediaId: "1", path, mimeType: "image/png", name: "cat.png", bytes }
  const turn = (change: Partial<typeof file> = {}) => ({
    prompt: "what is this?",
    notes: [],
    attachments: [],
    resources: [{ ...file, ...change }],
  })
  const uri = pathToFileURL(path).href
  const link = { type: "resource_link", uri, name: "cat.png", mimeType: "image/png", size: bytes }
  return { file, link, turn, uri }
}

const NO_INSTRUCTIONS = { instructions: undefined }
const PROMPT = { type: "text", text: "what is this?" }

test("a file that came with the prompt is a link to it", async () => {
  const { link, turn } = await prepare()
  const blocks = await toBlocks(turn(), { ...NO_INSTRUCTIONS, capabilities: {} })
  expect(blocks).toEqual([PROMPT, link])
  expect(link.uri).toMatch(/^file:\/\/\/.*a%20b%23c\.png$/)
})

test("an agent that can look at images is shown a small one beside its link", async () => {
  const { link, turn, uri } = await prepare()
  const capabilities = { image: true }
  expect(await toBlocks(turn(), { ...NO_INSTRUCTIONS, capabilities })).toEqual([
    PROMPT,
    link,
    { type: "image", mimeType: "image/png", data: "eHh4eHg=", uri },
  ])
  const video = await toBlocks(turn({ mimeType: "video/mp4" }), {
    ...NO_INSTRUCTIONS,
    capabilities,
  })
  expect(video.map(({ type }) => type)).toEqual(["text", "resource_link"])
})

test("a large image is a link alone, and so is one that has expired", async () => {
  const capabilities = { image: true }
  const large = await prepare(5 * 1024 * 1024 + 1)
  const { turn } = await prepare()
  for (const given of [large.turn(), turn({ path: "/nowhere/cat.png" })]) {
    const blocks = await toBlocks(given, { ...NO_INSTRUCTIONS, capabilities })
    expect(blocks.map(({ type }) => type)).toEqual(["text", "resource_link"])
  }
})
