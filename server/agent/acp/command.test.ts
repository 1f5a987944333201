import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { resolveCommand } from "./command.ts"

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "command-"))
  await mkdir(join(folder, "bin", "gemini"), { recursive: true })
  for (const name of ["npx", "goose"]) {
    await writeFile(join(folder, "bin", name), "")
    await chmod(join(folder, "bin", name), 0o755)
  }
  await writeFile(join(folder, "bin", "opencode"), "")
})

afterAll(() => rm(folder, { recursive: true }))

function resolve(command: string | readonly string[]) {
  return resolveCommand(command, { path: `:${join(folder, "bin")}`, cwd: folder })
}

test("a preset takes its first program that is on PATH", async () => {
  expect(await resolve("goose")).toEqual({
    file: join(folder, "bin", "goose"),
    args: ["acp"],
    title: "goose",
  })
  expect(await resolve("claude")).toMatchObject({
    file: join(folder, "bin", "npx"),
    args: ["-y", "@agentclientprotocol/claude-agent-acp"],
  })
})

test("a program with a slash is relative to the working directory", async () => {
  expect(await resolve(["bin/goose", "acp", "--x"])).toMatchObject({
    file: join(folder, "bin", "goose"),
    args: ["acp", "--x"],
  })
})

test.each([["gemini"], ["opencode"]])(
  "[AG1] %s on PATH that is a folder or may not run does not count",
  async (name) => {
    await expect(resolve(name)).rejects.toMatchObject({ reason: "agent_not_found" })
  },
)
