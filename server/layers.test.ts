// Who may import whom. A new dependency, ours or a library, is one visible line in this table.

import { globSync, readFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { join } from "node:path"
import { expect, test } from "vitest"

// The innermost row decides. A folder may import itself and what its row names: `folder` with all that
// is below, `folder/*` its own files only, one file, `#protocol`, `node:*` (all but node:sqlite), a package.
const MAY_IMPORT: Record<string, string> = {
  protocol: "valibot",
  "protocol/json-schema.ts": "protocol valibot @valibot/to-json-schema",
  "protocol/json-schema-names.ts": "@valibot/to-json-schema",
  server: "server/cli node:*",
  "server/vite.config.ts": "node:* vite",
  "server/cli": "server #protocol node:* commander uqr",
  "server/cli/gw": "#protocol node:*",
  "server/config":
    "server/channels/channel.ts server/host #protocol node:* valibot @humanwhocodes/momoa",
  "server/config/config-schema.ts":
    "server/config server/host #protocol node:* valibot @valibot/to-json-schema",
  "server/http": "server/gateway server/host #protocol node:* hono @hono/node-server ws",
  "server/gateway":
    "server/channels/channel.ts server/agent/engine.ts server/agent/runs.ts server/media/media.ts server/store/store.ts server/host #protocol node:* valibot",
  "server/agent": "server/store/store.ts server/host #protocol node:*",
  "server/agent/acp": "server/agent/* server/host #protocol node:* @agentclientprotocol/sdk",
  "server/channels": "server/host #protocol node:* valibot",
  "server/channels/telegram":
    "server/channels/* server/host #protocol node:* valibot grammy marked",
  "server/channels/whatsapp":
    "server/channels/* server/host #protocol node:* valibot @whiskeysockets/baileys",
  "server/channels/memory": "server/channels/* server/host #protocol node:* valibot",
  "server/media": "server/store/store.ts server/host #protocol node:*",
  "server/store": "server/host #protocol node:* node:sqlite",
  "server/host": "node:* pino sonic-boom",
  "server/testing": "server protocol #protocol node:*",
}
const IN_TESTS = "server/testing #protocol node:* vitest fast-check valibot ws ajv ajv-formats"
const IS_TEST = /\.test\.ts$|\/contract\.ts$|\/stub-[\w-]+\.ts$|^server\/testing\//

const STATIC = /^(?:import|export|\})[^"'`]*?\bfrom\s+["']([^"']+)["']|^import\s+["']([^"']+)["']/gm
const DYNAMIC = /(?<![.\w])(?:import|require)\(\s*["'`]([^"'`]+)["'`]/g

/** What a file imports that its row does not name, as sentences. */
function findViolations(file: string, text: string): string[] {
  const row = Object.keys(MAY_IMPORT)
    .filter((place) => isWithin(file, place))
    .reduce((inner, place) => (place.length > inner.length ? place : inner), "")
  const allowed = `${MAY_IMPORT[row]} ${IS_TEST.test(file) ? IN_TESTS : ""}`.trim().split(" ")
  return [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)]
    .map((match) => toTarget(file, match[1] ?? match[2] ?? ""))
    .filter((target) => !isOwn(target, row) && !allowed.some((entry) => covers(entry, target)))
    .map((target) => `${row} may not import ${target} (${file})`)
}

function toTarget(file: string, specifier: string): string {
  if (specifier.startsWith(".")) return join(file, "..", specifier)
  if (specifier.startsWith("#")) return specifier
  if (isBuiltin(specifier)) return `node:${specifier.replace("node:", "")}`
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")
}

// `server` is where main.ts and the tests of the house live: there a file's own place is the folder alone.
function isOwn(target: string, row: string): boolean {
  return row !== "server" && isWithin(target, row)
}

function covers(entry: string, target: string): boolean {
  if (entry === "node:*") return target.startsWith("node:") && target !== "node:sqlite"
  if (entry.endsWith("/*")) return join(target, "..") === entry.slice(0, -2)
  return isWithin(target, entry)
}

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`)
}

test("every file imports only what its folder may", () => {
  const files = globSync("{protocol,server}/**/*.ts")
  expect(files).toContain("server/layers.test.ts")
  expect(files.flatMap((file) => findViolations(file, readFileSync(file, "utf8")))).toEqual([])
})

test.for([
  ["server/gateway/x.ts", 'import { Bot } from "grammy"', "grammy"],
  [
    "server/gateway/x.ts",
    'import type {\n  A,\n} from "../agent/acp/y.ts"',
    "server/agent/acp/y.ts",
  ],
  ["server/gateway/methods/x.ts", 'export * from "../../store/y.ts"', "server/store/y.ts"],
  ["server/agent/x.ts", 'const sql = await import(\n"node:sqlite")', "node:sqlite"],
  ["server/channels/telegram/x.ts", 'import "../memory/y.ts"', "server/channels/memory/y.ts"],
  ["server/host/x.ts", 'import { v } from "../../protocol/y.ts"', "protocol/y.ts"],
  ["server/cli/gw/x.ts", 'import { serve } from "@hono/node-server/y"', "@hono/node-server"],
] as const)("%s with %s is refused", ([file, text, target]) => {
  expect(findViolations(file, text)).toEqual([
    expect.stringMatching(new RegExp(`^server/.+ may not import ${target} `)),
  ])
})
