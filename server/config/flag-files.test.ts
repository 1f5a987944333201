import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { createFlagFiles } from "./flag-files.ts"

function setUp(options: { readonly waitMs?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-pipe-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, "token")
  return { path, read: createFlagFiles(options) }
}

function setUpPipe(script: string, options?: { readonly waitMs?: number }) {
  const { path, read } = setUp(options)
  expect(spawnSync("mkfifo", [path]).status).toBe(0)
  // It is read by a system call that holds up this process, so another one writes.
  const writer = spawn("sh", ["-c", script, "sh", path], { stdio: "ignore" })
  onTestFinished(() => void writer.kill("SIGKILL"))
  return { path, read }
}

test("what comes through a pipe, however slowly, is read to its end, once", () => {
  const { path, read } = setUpPipe('{ printf "a long"; sleep 0.1; printf " token"; } > "$1"')
  expect(read(path)).toBe("a long token")
  expect(read(path)).toBe("a long token")
})

test("a pipe without an end, or into which nobody writes, is given up", () => {
  const endless = setUpPipe('exec 3> "$1"; printf "a" >&3; sleep 60', { waitMs: 200 })
  expect(() => endless.read(endless.path)).toThrow(/token is a pipe that does not come to its end$/)
  const silent = setUpPipe("exit 0", { waitMs: 50 })
  expect(() => silent.read(silent.path)).toThrow("does not come to its end")
})

test("a pipe that brings more than a token could be is refused", () => {
  const { path, read } = setUpPipe('head -c 100000 /dev/zero > "$1"')
  expect(() => read(path)).toThrow(/token is larger than 64 KB$/)
})

test("a file is read anew each time, and a device never", () => {
  const { path, read } = setUp()
  writeFileSync(path, "first")
  expect(read(path)).toBe("first")
  writeFileSync(path, "second")
  expect(read(path)).toBe("second")
  expect(() => read("/dev/zero")).toThrow("/dev/zero is not a regular file")
})
