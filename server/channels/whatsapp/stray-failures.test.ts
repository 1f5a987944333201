import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { expect, test } from "vitest"
import { logStray } from "./stray-failures.ts"

function run(code: string) {
  const path = join(import.meta.dirname, "stray-failures.ts")
  const source = `import { tellStrays } from ${JSON.stringify(path)}\n${code}`
  return spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" })
}

test("what fails within the library's work and nobody waits for ends no process", () => {
  const { status, stdout } = run(`
    import { EventEmitter } from "node:events"
    const tell = (error) => console.log("told", error.message)
    tellStrays(tell, () => {
      const events = new EventEmitter()
      events.on("event", async () => { throw new Error("in an event") })
      setTimeout(() => events.emit("event"), 1)
      void Promise.reject(new Error("at once"))
    })
  `)
  expect(stdout.trim().split("\n")).toEqual(["told at once", "told in an event"])
  expect(status).toBe(0)
})

test("what fails elsewhere still ends the process", () => {
  const { status, stderr } = run(`
    tellStrays(() => undefined, () => undefined)
    void Promise.reject(new Error("of somebody else"))
  `)
  expect(stderr).toContain("of somebody else")
  expect(status).not.toBe(0)
})

test("what is logged of it names nobody", () => {
  const lines: unknown[] = []
  const log = { warn: (...line: unknown[]) => void lines.push(line) }
  logStray(log as never, new Error("no session for 15550100@s.whatsapp.net"))
  expect(JSON.stringify(lines)).toContain("no session for …@s.whatsapp.net")
})
