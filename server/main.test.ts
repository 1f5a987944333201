import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"

const MAIN = join(import.meta.dirname, "main.ts")

async function run(line: string, environment: NodeJS.ProcessEnv = {}) {
  const child = spawn("/bin/sh", ["-c", `"${process.execPath}" "${MAIN}" ${line}`], {
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...environment },
  })
  let out = ""
  let err = ""
  child.stdout.on("data", (chunk) => {
    out += chunk
  })
  child.stderr.on("data", (chunk) => {
    err += chunk
  })
  const [code] = await once(child, "close")
  return { code, out, err }
}

test("[CL1, D3] the process ends with the command's exit code", async () => {
  const { code, out, err } = await run("gw:health --port 1")
  expect({ code, out }).toEqual({ code: 3, out: "" })
  expect(err).toContain("Gateway not reachable at ws://127.0.0.1:1 (ECONNREFUSED).")
})

test("[CL10] a closed stdout ends a command quietly", async () => {
  const { out, err } = await run("--help | head -1")
  expect(out).toMatch(/^Usage: clawdis/)
  expect(err).toBe("")
})

test("[CL11] nothing is coloured off a terminal, whatever FORCE_COLOR says", async () => {
  const { out } = await run("gateway --help", { NO_COLOR: "1" })
  expect(out).not.toContain("\u001b")
})

test("a question to the gateway loads nothing of what the gateway is made of", () => {
  const entries = ["main.ts", "cli/index.ts"]
  const questions = ["call", "events", "health", "send", "status", "agent"]
  const seen = new Set<string>()
  for (const file of [...entries, ...questions.map((name) => `cli/gw/${name}.ts`)]) {
    follow(join(import.meta.dirname, file), seen)
  }
  const libraries = [...seen].filter((name) => !name.startsWith("/") && !name.startsWith("node:"))
  expect(libraries.sort()).toEqual(["commander", "valibot"])
  expect([...seen].some((name) => name.includes("/channels/"))).toBe(false)
})

const STATIC = /^(?:import|export|\})(?! type\b)[^"'`]*?\bfrom\s+["']([^"']+)["']/gm

/** Every module that importing `file` loads at once. */
function follow(file: string, seen: Set<string>): void {
  if (seen.has(file)) return
  seen.add(file)
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(STATIC)) {
    if (specifier === "#protocol") follow(join(import.meta.dirname, "../protocol/index.ts"), seen)
    else if (specifier.startsWith(".")) follow(join(dirname(file), specifier), seen)
    else seen.add(specifier)
  }
}
