import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { FatalError, OperatorError } from "../host/errors.ts"
import { changeConfigFile } from "./change-config-file.ts"
import { setInJson5 } from "./json5-edit.ts"

function setUp(text: string) {
  const stateDir = mkdtempSync(join(tmpdir(), "clawdis-change-"))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const file = join(stateDir, "clawdis.json")
  writeFileSync(file, text)
  const world = { environment: { CLAWDIS_STATE_DIR: stateDir }, channels: [], presets: [] }
  return { file, stateDir, world }
}

const toPort = (text: string) => setInJson5(text, ["gateway", "port"], 7)

test("[CF15] a file that somebody else changes meanwhile is left to them", async () => {
  const { file, stateDir, world } = setUp("{}")
  const edit = (text: string) => {
    writeFileSync(file, "{ timeZone: 'UTC' }")
    return toPort(text)
  }
  const change = changeConfigFile([edit], world)
  await expect(change).rejects.toThrow("has changed meanwhile; nothing was written")
  await expect(change).rejects.not.toBeInstanceOf(OperatorError)
  await expect(change).rejects.toBeInstanceOf(FatalError)
  expect(readFileSync(file, "utf8")).toBe("{ timeZone: 'UTC' }")
  expect(readdirSync(stateDir)).toEqual(["clawdis.json"])
})

test("[CF15] a file that nobody shall write is not replaced either", async () => {
  const { file, world } = setUp("{}")
  chmodSync(file, 0o400)
  await expect(changeConfigFile([toPort], world)).rejects.toThrow(`${file} is not to be written`)
  expect(readFileSync(file, "utf8")).toBe("{}")
})

test("[CF15] where no file can be made, that is said", async () => {
  const { world } = setUp("{}")
  const environment = { ...world.environment, CLAWDIS_CONFIG_PATH: "/proc/none/clawdis.json" }
  await expect(changeConfigFile([toPort], { ...world, environment })).rejects.toThrow(
    /^\/proc\/none\/clawdis\.json cannot be written: /,
  )
})

test("[CF13] the first edit that gives a configuration is taken", async () => {
  const { file, world } = setUp("{}")
  const edits = ["x", 7].map(
    (value) => (text: string) => setInJson5(text, ["gateway", "port"], value),
  )
  expect(await changeConfigFile(edits, world)).toMatchObject({
    status: "changed",
    config: { gateway: { port: 7 } },
  })
  expect(readFileSync(file, "utf8")).toContain("port: 7")
})
