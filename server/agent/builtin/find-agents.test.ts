import { once } from "node:events"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { findAgents, probeLoopback } from "./find-agents.ts"

test("agents on PATH and model servers on their ports are found, with what switches to them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "agents-"))
  try {
    for (const [name, mode] of [
      ["claude", 0o755],
      ["pi", 0o755],
      ["codex", 0o644],
    ] as const) {
      await writeFile(join(folder, name), "")
      await chmod(join(folder, name), mode)
    }
    const found = await findAgents({
      path: folder,
      cwd: "/",
      probe: async (port) => port === 11434,
    })
    expect(found.map(({ title, configuration }) => [title, configuration])).toEqual([
      ["Claude Code", { engine: "acp", command: "claude" }],
      ["pi", { engine: "acp", command: "pi" }],
      ["Ollama", { engine: "openai", baseUrl: "http://127.0.0.1:11434/v1" }],
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test("a port of the loopback interface is probed by connecting to it", async () => {
  const server = createServer((socket) => socket.destroy())
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  expect(await probeLoopback(address.port)).toBe(true)
  server.close()
  await once(server, "close")
  expect(await probeLoopback(address.port)).toBe(false)
})
