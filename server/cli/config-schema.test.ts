import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Ajv } from "ajv"
import { expect, onTestFinished, test } from "vitest"
import { isObject } from "#protocol"
import { CHANNELS } from "../channels/index.ts"
import { loadConfig } from "../config/config.ts"
import { createConfigSchema } from "../config/config-schema.ts"
import { parseJson5 } from "../config/json5.ts"
import { listSettings } from "../config/known-settings.ts"

const DOCS = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8")
const schema = createConfigSchema({ channels: CHANNELS })
// Only then it knows that several forms may be allowed side by side.
const judge = new Ajv({ strict: true, allowUnionTypes: true, strictTuples: false }).compile(schema)

function formOf(key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>(
      (form, step) =>
        isObject(form) && isObject(form["properties"]) ? form["properties"][step] : undefined,
      schema,
    )
}

test("[G3] the schema has every setting, with its meaning", () => {
  for (const key of listSettings(CHANNELS)) {
    expect({ key, form: formOf(key) }).toMatchObject({
      key,
      form: { description: expect.stringMatching(/\S/) },
    })
  }
  expect(formOf("gateway.port")).toMatchObject({ type: "integer", default: 18_789 })
  expect(formOf("channels.telegram.apiRoot")).toMatchObject({ default: "https://api.telegram.org" })
  expect(formOf("agent.cwd")).not.toHaveProperty("default")
  expect(formOf("gateway.token")).not.toHaveProperty("default")
})

test("[G3] every setting has its row in the documentation", () => {
  const missing = listSettings(CHANNELS).filter((key) => !DOCS.includes(`| \`${key}\` |`))
  expect(missing).toEqual([])
})

const EXAMPLES = [...DOCS.matchAll(/^Example: `(.+)`$/gm)].map(([, text]) => `{ ${text} }`)

test("[G3] what the gateway takes is valid under the schema, a line for the editor too", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "clawdis-schema-"))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const more = [
    "{ $schema: './clawdis.schema.json' }",
    "{ gateway: { allowedHosts: ['Box.Example', '[::1]'], token: 'a long enough token' } }",
    "{ agent: { command: 'claude', permissions: { webchat: [{ kinds: ['*'], decision: 'allow' }] } } }",
    "{ session: { links: { anna: ['telegram:42'] } }, timeZone: 'UTC' }",
    "{ channels: { telegram: { allowFrom: [42, '@anna', '*'], groups: { '-1': {} } } } }",
    "{ channels: { whatsapp: { version: [2, 3000, 1], groups: { '1234567@g.us': {} } } } }",
  ]
  expect(EXAMPLES.length).toBeGreaterThan(5)
  for (const text of [...EXAMPLES, ...more]) {
    const { value } = parseJson5(text)
    expect({ text, valid: judge(value), errors: judge.errors }).toMatchObject({ text, valid: true })
    // Files that an example names are not here.
    if (EXAMPLES.includes(text)) continue
    const world = { environment: { CLAWDIS_STATE_DIR: stateDir }, presets: ["claude"] }
    expect(() =>
      loadConfig({ ...world, flags: {}, channels: CHANNELS, fileText: text }),
    ).not.toThrow()
  }
})

test.for([
  "{ gatewy: {} }",
  "{ gateway: { prot: 1 } }",
  "{ gateway: { port: 70000 } }",
  "{ agent: { engine: 'acpp' } }",
  "{ agent: { permissions: { channels: 'ask' } } }",
  "{ channels: { pigeon: {} } }",
  "{ channels: { whatsapp: { version: [1, 2] } } }",
  "{ $schema: 1 }",
])("[G3] an editor shows that %s is wrong", (text) => {
  expect(judge(parseJson5(text).value)).toBe(false)
})
