// Builds the page if it was never built or its sources are newer, so that a fresh clone needs no build step.

import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

const ROOT = join(import.meta.dirname, "..")
const BUILT = join(ROOT, "dist", "web", "index.html")
const SOURCES = ["web", "protocol", "vite.config.ts", "package.json"]

if (!existsSync(BUILT) || newestOf(SOURCES.map((name) => join(ROOT, name))) > changedAt(BUILT)) {
  const vite = join(ROOT, "node_modules", "vite", "bin", "vite.js")
  const { status, stderr, stdout } = spawnSync(process.execPath, [vite, "build"], {
    cwd: ROOT,
    encoding: "utf8",
  })
  if (status !== 0) {
    process.stderr.write(
      `The page could not be built; the gateway runs without it.\n${stdout}${stderr}`,
    )
  }
}

function newestOf(paths: readonly string[]): number {
  return Math.max(
    ...paths.map((path) =>
      statSync(path).isDirectory()
        ? newestOf(readdirSync(path).map((name) => join(path, name)))
        : changedAt(path),
    ),
    0,
  )
}

function changedAt(path: string): number {
  return statSync(path).mtimeMs
}
