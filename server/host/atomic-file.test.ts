import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { writeFileAtomically } from "./atomic-file.ts"
import { readInstance, removeInstance, writeInstance } from "./instance-file.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clawdis-file-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("a file is replaced as a whole, private to us, and leaves nothing beside it", async () => {
  const path = join(folder, "a.json")
  writeFileSync(path, "old")
  await writeFileAtomically(path, "new")
  expect(readFileSync(path, "utf8")).toBe("new")
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(["a.json"])
})

test("a failed write leaves the old file and nothing beside it", async () => {
  await expect(writeFileAtomically(join(folder, "no", "a.json"), "x")).rejects.toThrow("ENOENT")
  expect(readdirSync(folder)).toEqual([])
})

test("[D2] the instance file tells where the gateway listens, and only its owner removes it", async () => {
  const path = join(folder, "gateway.json")
  const instance = { pid: 4_711, port: 18_789, webchatPort: 18_788, startedAt: 1, version: "1" }
  await writeInstance(path, instance)
  expect(readInstance(path)).toEqual(instance)
  removeInstance(path, 4_712)
  expect(readInstance(path)).toEqual(instance)
  removeInstance(path, 4_711)
  expect(readInstance(path)).toBeUndefined()
})

test.each(["", "{", "null", "[]", '{"pid":1}', '{"pid":"1","port":2}', '{"pid":1,"port":70000}'])(
  "[D2] an instance file that holds %s says nothing",
  (text) => {
    const path = join(folder, "gateway.json")
    writeFileSync(path, text)
    expect(readInstance(path)).toBeUndefined()
  },
)
