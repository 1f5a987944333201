import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { silentLogger } from "../../host/logger.ts"
import { createDocuments, findSection, splitSections } from "./documents.ts"

const README = `Clawdis in a sentence.

# Install

Run \`pnpm install\`.

\`\`\`sh
# not a heading
pnpm clawdis gateway
\`\`\`

## Allow lists

Nobody who is not in \`allowFrom\` is answered.

## Backups ##

Copy the state folder while the gateway is stopped.
`

test("a document falls into its sections, and a comment in code is no heading", () => {
  const sections = splitSections("README.md", README)
  expect(sections.map(({ heading }) => heading)).toEqual([
    "README.md",
    "Install",
    "Allow lists",
    "Backups",
  ])
  expect(sections[1]?.text).toContain("# not a heading")
})

test("a paragraph becomes one line, while code, lists and tables keep theirs", () => {
  const wrapped = [
    "One sentence that",
    "goes on.",
    "",
    "- an item that",
    "  goes on",
    "- another",
    "",
    "1. a step:",
    "   ```sh",
    "   first",
    "   second",
    "   ```",
    "",
    "| a | b |",
    "|---|---|",
    "Behind the table.",
  ]
  expect(splitSections("a.md", wrapped.join("\n"))[0]?.text.split("\n")).toEqual([
    "One sentence that goes on.",
    "",
    "- an item that goes on",
    "- another",
    "",
    "1. a step:",
    "   ```sh",
    "   first",
    "   second",
    "   ```",
    "",
    "| a | b |",
    "|---|---|",
    "Behind the table.",
  ])
})

test.each([
  ["How do I install it?", "Install"],
  ["who is allowed to write to me", "Allow lists"],
  ["making a backup", "Backups"],
  ["what is the weather in Paris", undefined],
  ["how do I", undefined],
  ["", undefined],
])("%j is answered by the section %j", (question, heading) => {
  expect(findSection(splitSections("README.md", README), question)?.heading).toBe(heading)
})

test("files and folders are read, and a missing one is no failure", async () => {
  const folder = await mkdtemp(join(tmpdir(), "documents-"))
  try {
    await mkdir(join(folder, "docs", "more"), { recursive: true })
    await writeFile(join(folder, "README.md"), README)
    await writeFile(
      join(folder, "docs", "more", "proxy.md"),
      "# Proxies\n\nSet `trustedProxies`.\n",
    )
    await writeFile(join(folder, "docs", "proxy.txt"), "# Proxies\n\nNo.\n")
    const documents = createDocuments(
      [join(folder, "README.md"), join(folder, "docs"), join(folder, "nothing")],
      silentLogger,
    )
    expect(await documents.search("reverse proxies")).toEqual({
      source: "proxy.md",
      heading: "Proxies",
      text: "Set `trustedProxies`.",
    })
    expect((await documents.search("backup"))?.source).toBe("README.md")
  } finally {
    await rm(folder, { recursive: true })
  }
})
