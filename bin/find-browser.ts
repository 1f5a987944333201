// Finds a Chromium for the browser tests; the first that is there wins.

import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync, mkdirSync } from "node:fs"
import { delimiter, join } from "node:path"

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

/** The path of an executable, or a sentence that says what to do. */
export async function findBrowser(root: string): Promise<{ path: string } | { problem: string }> {
  const named = process.env["CHROMIUM_PATH"]
  if (named !== undefined && named !== "") {
    return isExecutable(named) ? { path: named } : { problem: `CHROMIUM_PATH: cannot run ${named}` }
  }
  const path = onPath() ?? (await playwrightsOwn()) ?? (await fromPackage(root))
  if (path !== undefined) return { path }
  const cli = join(root, "node_modules", "@playwright", "test", "cli.js")
  spawnSync(process.execPath, [cli, "install", "chromium"], { stdio: "ignore", timeout: 120_000 })
  const installed = await playwrightsOwn()
  if (installed !== undefined) return { path: installed }
  return { problem: "No Chromium was found: install one, or set CHROMIUM_PATH to it." }
}

function onPath(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter)
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable)
}

async function playwrightsOwn(): Promise<string | undefined> {
  const { chromium } = await import("@playwright/test")
  const path = chromium.executablePath()
  return path !== "" && existsSync(path) ? path : undefined
}

/** A headless Chromium inside an npm package; it unpacks into a folder that must be its own. */
async function fromPackage(root: string): Promise<string | undefined> {
  const folder = join(root, "node_modules", ".cache", "chromium")
  mkdirSync(folder, { recursive: true })
  const before = process.env["TMPDIR"]
  process.env["TMPDIR"] = folder
  try {
    const { default: chromium } = await import("@sparticuz/chromium")
    return await chromium.executablePath()
  } catch {
    // It is an optional dependency: not there on every platform.
    return undefined
  } finally {
    if (before === undefined) delete process.env["TMPDIR"]
    else process.env["TMPDIR"] = before
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
