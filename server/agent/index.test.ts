import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { ENGINES } from "./index.ts"

test("every engine of the table goes by its name there", async () => {
  for (const [id, { create }] of Object.entries(ENGINES)) {
    const engine = await create({
      settings: { cwd: "/", env: [] },
      clock: createManualClock(),
      log: silentLogger,
      timings: { graceMs: 0, deltaPauseMs: 0 },
      tools: new Map(),
      memory: { get: async () => undefined, set: async () => undefined },
      environment: {},
      documents: [],
    })
    expect(engine.id).toBe(id)
    expect(engine.health().engine).toBe(id)
    await engine.stop(0)
  }
})

test("reading the table loads no engine and no library", async () => {
  const table = import.meta.resolve("./index.ts")
  const script = `
    import { registerHooks } from "node:module"
    const loaded = []
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
    await import(${JSON.stringify(table)})
    console.log(JSON.stringify(loaded.filter((url) => url.startsWith("file:"))))
  `
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "--eval",
    script,
  ])
  expect(JSON.parse(stdout)).toEqual([table])
})
