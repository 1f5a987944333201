import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { readCommit } from "./version.ts"

const ID = "0123456789abcdef0123456789abcdef01234567"

function makeClone(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "clawdis-version-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, ".git", "refs", "heads"), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, ".git", name), text)
  return root
}

test.each([
  ["a branch", { HEAD: "ref: refs/heads/main\n", "refs/heads/main": `${ID}\n` }, "0123456"],
  ["no branch", { HEAD: `${ID}\n` }, "0123456"],
  [
    "a branch without a file of its own",
    { HEAD: "ref: refs/heads/main\n", "packed-refs": `# pack-refs\n${ID} refs/heads/main\n` },
    "0123456",
  ],
  ["a branch without a commit", { HEAD: "ref: refs/heads/main\n" }, undefined],
  ["a path that leads elsewhere", { HEAD: "ref: ../elsewhere\n", "../elsewhere": ID }, undefined],
  ["no clone", {}, undefined],
])("the commit of %s", (_name, files, expected) => {
  expect(readCommit(makeClone(files))).toBe(expected)
})
