import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { expect, test } from "vitest"
import { describeStray } from "./strays.ts"

function run(code: string) {
  const path = join(import.meta.dirname, "strays.ts")
  const names = "describeStray, disownStrays, tellOwner, tellStrays"
  const source = `import { ${names} } from ${JSON.stringify(path)}\n${code}`
  return spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" })
}

test("[CR12] what fails within somebody's work and nobody waits for is told to them", () => {
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

test("[CR12] what is thrown within somebody's work is theirs for whoever watches the process", () => {
  const { stdout } = run(`
    process.on("uncaughtException", (error) => {
      if (!tellOwner(error)) console.log("nobody's", error.message)
    })
    tellStrays((error) => console.log("told", error.message), () => {
      setTimeout(() => { throw new Error("in a timer") }, 1)
      setTimeout(() => disownStrays(() => { throw new Error("elsewhere") }), 20)
      disownStrays(() => setTimeout(() => { throw new Error("of another") }, 40))
    })
  `)
  expect(stdout.trim().split("\n")).toEqual([
    "told in a timer",
    "told elsewhere",
    "nobody's of another",
  ])
})

test("[CR12] what fails elsewhere still ends the process", () => {
  const { status, stderr } = run(`
    tellStrays(() => undefined, () => undefined)
    void Promise.reject(new Error("of somebody else"))
  `)
  expect(stderr).toContain("of somebody else")
  expect(status).not.toBe(0)
})

test("what is said of it names nobody", () => {
  const error = new Error("no session for 15550100@s.whatsapp.net")
  expect(describeStray(error)).toBe("no session for …@s.whatsapp.net")
  expect(describeStray("text")).toBe("text")
})
