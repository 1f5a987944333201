import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { OperatorError } from "./errors.ts"
import { ensureStateFolder, resolvePaths } from "./paths.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clawdis-paths-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const modeOf = (path: string) => statSync(path).mode & 0o777

test("[CF8] without HOME and without CLAWDIS_STATE_DIR there is no place for the state", () => {
  expect(() => resolvePaths({})).toThrow(OperatorError)
  expect(() => resolvePaths({ HOME: "" })).toThrow("HOME is not set")
  expect(resolvePaths({ CLAWDIS_STATE_DIR: "/srv/clawdis" }).stateDir).toBe("/srv/clawdis")
})

test("[CF8] a home that cannot be written is named with the reason", () => {
  writeFileSync(join(folder, "home"), "")
  const { stateDir } = resolvePaths({ HOME: join(folder, "home") })
  expect(() => ensureStateFolder(stateDir)).toThrow(/home\/\.clawdis is not usable: /)
})

test("the state lies in ~/.clawdis, and CLAWDIS_CONFIG_PATH moves the configuration alone", () => {
  const paths = resolvePaths({ HOME: "/home/anna", CLAWDIS_CONFIG_PATH: "~/clawdis.json5" })
  expect(paths.stateDir).toBe("/home/anna/.clawdis")
  expect(paths.configFile).toBe("/home/anna/clawdis.json5")
  expect(paths.configFileNamed).toBe(true)
  expect(resolvePaths({ HOME: "/home/anna", CLAWDIS_CONFIG_PATH: "" }).configFile).toBe(
    "/home/anna/.clawdis/clawdis.json",
  )
})

test("[AU21] a new state folder is private", () => {
  const stateDir = join(folder, "deep", "state")
  expect(ensureStateFolder(stateDir, { uid: process.getuid?.() ?? 0 })).toEqual(rootWarning())
  expect(modeOf(stateDir)).toBe(0o700)
})

test("[CF9] wider modes are tightened with a warning", () => {
  const stateDir = join(folder, "state")
  mkdirSync(join(stateDir, "backups"), { recursive: true })
  writeFileSync(join(stateDir, "clawdis.json"), "{}")
  writeFileSync(join(stateDir, "store.db"), "", { mode: 0o600 })
  chmodSync(stateDir, 0o755)
  chmodSync(join(stateDir, "backups"), 0o755)
  chmodSync(join(stateDir, "clawdis.json"), 0o644)
  const warnings = ensureStateFolder(stateDir)
  expect(warnings.filter((line) => line.includes("too open"))).toHaveLength(3)
  expect(warnings.join("\n")).toContain("clawdis.json were too open (0644); now they are 0600")
  expect(modeOf(stateDir)).toBe(0o700)
  expect(modeOf(join(stateDir, "backups"))).toBe(0o700)
  expect(modeOf(join(stateDir, "clawdis.json"))).toBe(0o600)
})

test("[CF9] a state folder of somebody else is refused", () => {
  const other = (process.getuid?.() ?? 0) + 1
  expect(() => ensureStateFolder(folder, { uid: other })).toThrow(OperatorError)
  expect(() => ensureStateFolder(folder, { uid: other })).toThrow("belongs to user")
})

test("[CL17] running as root is warned about", () => {
  if (process.getuid?.() !== 0) return
  expect(ensureStateFolder(join(folder, "state"), { uid: 0 })[0]).toContain("running as root")
})

test("a file where the state folder should be, and a loop of links, are refused", () => {
  writeFileSync(join(folder, "file"), "")
  expect(() => ensureStateFolder(join(folder, "file"))).toThrow(OperatorError)
  symlinkSync(join(folder, "b"), join(folder, "a"))
  symlinkSync(join(folder, "a"), join(folder, "b"))
  expect(() => ensureStateFolder(join(folder, "a", "state"))).toThrow("a loop of symbolic links")
})

test("[AU21] a configuration elsewhere that others can read is warned about", () => {
  const path = join(folder, "clawdis.json")
  writeFileSync(path, "{}")
  chmodSync(path, 0o644)
  const warnings = ensureStateFolder(join(folder, "state"), { alsoPrivate: [path] })
  expect(warnings.at(-1)).toContain(`chmod 600 ${path}`)
})

function rootWarning(): readonly unknown[] {
  return process.getuid?.() === 0 ? [expect.stringContaining("running as root")] : []
}

test("[CF8] a state folder that cannot be made is refused with the reason", {
  timeout: 5_000,
}, () => {
  const tries =
    process.platform === "linux" ? ["/proc/clawdis", "/dev/null/clawdis"] : ["/dev/null/clawdis"]
  for (const folder of tries)
    expect(() => ensureStateFolder(folder)).toThrow(`The state folder ${folder}`)
})
