import { execFileSync, spawnSync } from "node:child_process"
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { readVersion } from "../server/host/version.ts"

const LAUNCHER = join(import.meta.dirname, "..", "bin", "clawdis")

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-launcher-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test("the launcher works from anywhere and through a symbolic link", () => {
  const folder = makeFolder()
  const link = join(folder, "clawdis")
  symlinkSync(LAUNCHER, link)
  const shown = execFileSync(link, ["--version"], { cwd: folder, encoding: "utf8" })
  expect(shown.trim()).toBe(readVersion())
})

test.each([
  ["20.19.0", 78],
  ["24.8.0", 78],
  ["24.9.0", 0],
  ["27.0.0", 0],
])(
  "[CL16] without a Node of its own it takes the system's %s and gives exit code %i",
  (version, code) => {
    const folder = makeFolder()
    mkdirSync(join(folder, "bin"))
    mkdirSync(join(folder, "dist", "server"), { recursive: true })
    cpSync(LAUNCHER, join(folder, "bin", "clawdis"))
    writeFileSync(join(folder, "dist", "server", "main.js"), "")
    const node = join(folder, "node")
    writeFileSync(node, `#!/bin/sh\n[ "$1" = -p ] && echo ${version}\nexit 0\n`)
    chmodSync(node, 0o755)
    const { status, stderr } = spawnSync(join(folder, "bin", "clawdis"), ["gateway"], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: "utf8",
    })
    expect(status).toBe(code)
    expect(stderr).toBe(code === 0 ? "" : `clawdis needs Node 24.9 or newer; found ${version}.\n`)
  },
)
