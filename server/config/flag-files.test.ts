import { spawn, spawnSync } from "node:child_process"
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { createFlagFiles, type FlagFilesOptions } from "./flag-files.ts"

type Waits = Omit<FlagFilesOptions, "say">

function setUp(waits: Waits = {}) {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-pipe-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, "token")
  const said: string[] = []
  return { path, said, read: createFlagFiles({ say: (line) => said.push(line), ...waits }) }
}

function setUpPipe(script: string, waits?: Waits) {
  const { path, read, said } = setUp(waits)
  expect(spawnSync("mkfifo", [path]).status).toBe(0)
  // It is read by a system call that holds up this process, so another one writes.
  const writer = spawn("sh", ["-c", script, "sh", path], { stdio: "ignore" })
  onTestFinished(() => void writer.kill("SIGKILL"))
  return { path, read, said }
}

test("what comes through a pipe, however slowly, is read to its end, once", () => {
  const { path, read } = setUpPipe('{ printf "a long"; sleep 0.1; printf " token"; } > "$1"')
  expect(read(path)).toBe("a long token")
  expect(read(path)).toBe("a long token")
})

test("[CF12] a pipe without an end, or into which nobody writes, is given up", () => {
  const waits = { waitMs: 200, sayAfterMs: 50 }
  const endless = setUpPipe('exec 3> "$1"; printf "a" >&3; sleep 60', waits)
  expect(() => endless.read(endless.path)).toThrow(/token is a pipe that does not come to its end$/)
  expect(endless.said).toEqual([`waiting for what comes through ${endless.path} …`])
  const silent = setUpPipe("exit 0", { writerWaitMs: 50 })
  expect(() => silent.read(silent.path)).toThrow(/token is a pipe without a writer$/)
  expect(silent.said).toEqual([])
})

test("[CF12] a pipe whose writer ends without a word is empty, at once", () => {
  const cancelled = setUpPipe('exec 3> "$1"; sleep 0.3')
  expect(() => cancelled.read(cancelled.path)).toThrow(/token is empty: its writer wrote nothing$/)
  // As a shell passes `<(false)`: the writer was there, and may be gone before the program begins.
  const pipe = openSync(cancelled.path, constants.O_RDONLY | constants.O_NONBLOCK)
  onTestFinished(() => closeSync(pipe))
  expect(() => cancelled.read(`/dev/fd/${pipe}`)).toThrow(`/dev/fd/${pipe} is empty`)
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
