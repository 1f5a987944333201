import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { createSchemaFile, createSwiftFiles } from "./protocol-artefacts.ts"
import { createSwift } from "./protocol-swift.ts"

const ROOT = join(import.meta.dirname, "..")
const SOURCES = join(ROOT, "apps/macos/Sources/ClawdisProtocol")

test("[G1] the committed Swift and its frames are what the protocol gives: else run pnpm protocol:gen", async () => {
  for (const { path, text } of await createSwiftFiles()) {
    // Not a comparison of texts by the runner: its report would be as long as the file.
    expect(readFileSync(join(ROOT, path), "utf8") === text, `${path} is stale`).toBe(true)
  }
})

test("[G1] the schema and the Swift are the same every time", async () => {
  expect(createSchemaFile()).toEqual(createSchemaFile())
  expect(await createSwiftFiles()).toEqual(await createSwiftFiles())
})

test("[G1] every definition of the schema is a Swift type of the same name", async () => {
  const { $defs } = JSON.parse(createSchemaFile().text) as { $defs: Record<string, unknown> }
  const swift = readFileSync(join(SOURCES, "Protocol.swift"), "utf8")
  const types = [...swift.matchAll(/^public (?:struct|enum|typealias) (\w+)/gm)].map(([, t]) => t)
  expect(types).toEqual(expect.arrayContaining(Object.keys($defs)))
  expect(new Set(types).size).toBe(types.length)
  expect(swift).not.toMatch(/JSONAny|JSONNull|stand-in|Purple|Fluffy/)
})

test("[G1] a union is an enum, a constant needs no argument, and equal words are one type", async () => {
  const swift = await createSwift({
    $defs: {
      Cat: { type: "object", properties: { kind: { const: "cat" } }, required: ["kind"] },
      Dog: {
        type: "object",
        properties: { kind: { const: "dog" }, mood: { $ref: "#/$defs/Mood" } },
        required: ["kind"],
      },
      Mood: { type: "string", enum: ["good", "bad"] },
      Temper: { type: "string", enum: ["bad", "good"] },
      Pet: { oneOf: [{ $ref: "#/$defs/Cat" }, { $ref: "#/$defs/Dog" }] },
    },
  })
  expect(swift).toContain('case "cat": self = .cat(try Cat(from: decoder))')
  expect(swift).toContain("init(kind: DogConstant = .dog, mood: Mood? = nil)")
  expect(swift).toContain("public typealias Temper = Mood")
})

test("[G1] a schema that refers to an address is refused, not fetched", async () => {
  const Far = { properties: { a: { $ref: "https://schemas.example/far.json" } } }
  await expect(createSwift({ $defs: { Far } })).rejects.toThrow("schemas.example")
})

// Debian and macOS carry the compiler; where it is missing, the committed file was checked before.
if (spawnSync("swiftc", ["--version"]).status === 0) {
  test.for(["5", "6"])("[G1] the Swift types pass the compiler in the mode of Swift %s", (mode) => {
    const files = ["Protocol.swift", "JSONValue.swift"].map((file) => join(SOURCES, file))
    const flags = ["-swift-version", mode, "-warnings-as-errors", "-typecheck"]
    execFileSync("swiftc", [...flags, ...files])
  })
}
