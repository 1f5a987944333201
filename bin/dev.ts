// The gateway that restarts when the server changes, and the page that reloads itself, side by side.

import { spawn } from "node:child_process"
import { join } from "node:path"

const ROOT = join(import.meta.dirname, "..")
const children = [
  spawn(process.execPath, ["--watch", "server/main.ts", "gateway", ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: "inherit",
  }),
  spawn(join(ROOT, "node_modules", ".bin", "vite"), [], { cwd: ROOT, stdio: "inherit" }),
]

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal)
  })
}
for (const child of children) {
  child.on("exit", (code) => {
    for (const other of children) other.kill("SIGTERM")
    process.exitCode = code ?? 1
  })
}
