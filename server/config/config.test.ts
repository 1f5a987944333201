import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import * as v from "valibot"
import { afterEach, beforeEach, expect, test } from "vitest"
import { OperatorError } from "../host/errors.ts"
import type { ChannelSource } from "./channel-section.ts"
import { type ConfigInput, describeToken, loadConfig } from "./config.ts"
import { ConfigError } from "./config-error.ts"
import { SETTING_KEYS } from "./settings.ts"

const pigeon: ChannelSource = {
  id: "pigeon",
  readTarget: (to) =>
    to.startsWith("pigeon:") ? { chat: to.slice(7), sessionKey: to } : undefined,
  Settings: v.pipe(
    v.strictObject({
      botToken: v.optional(v.pipe(v.string(), v.regex(/^\d+:\w+$/, "must be a bot token"))),
      botTokenFile: v.optional(v.string()),
      allowFrom: v.optional(v.array(v.string()), []),
      proxy: v.optional(v.string()),
      groups: v.optional(v.record(v.string(), v.strictObject({ anyone: v.boolean() })), {}),
    }),
    v.check((section) => section.botToken === undefined || section.botTokenFile === undefined),
    v.transform(({ groups, ...section }) => ({
      ...section,
      groups: Object.fromEntries(
        Object.entries(groups).map(([id, { anyone }]) => [
          id,
          { anyone, mention: true, patterns: [] },
        ]),
      ),
    })),
  ),
}

let stateDir: string
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "clawdis-config-"))
})
afterEach(() => rmSync(stateDir, { recursive: true, force: true }))

function load(text?: string, input: Partial<ConfigInput> = {}) {
  if (text !== undefined) writeFileSync(join(stateDir, "clawdis.json"), text)
  const environment = { CLAWDIS_STATE_DIR: stateDir, ...input.environment }
  return loadConfig({
    flags: {},
    channels: [pigeon],
    presets: ["claude", "codex"],
    ...input,
    environment,
  })
}

function problemOf(text?: string, input?: Partial<ConfigInput>): string {
  try {
    load(text, input)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${stateDir}/`, "")
    throw error
  }
  throw new Error("the configuration was accepted")
}

test("[CF1] without a file everything is at its default and nobody may write in", () => {
  const config = load()
  expect(config.gateway.port).toBe(18_789)
  expect(config.gateway.bind).toBe("127.0.0.1")
  expect(config.gateway.token).toBeUndefined()
  expect(config.webchat).toEqual({ enabled: true, port: 18_788 })
  expect(config.agent.engine).toBe("builtin")
  expect(config.agent.cwd).toBe(join(stateDir, "workspace"))
  expect(config.logging).toEqual({ level: "info", file: join(stateDir, "gateway.log"), maxMb: 20 })
  expect(config.channels["pigeon"]?.allowFrom).toEqual([])
  expect(new Set(SETTING_KEYS.map((key) => config.sources[key]))).toEqual(new Set(["default"]))
})

test("a flag wins over the environment, the environment over the file", () => {
  const text = "{ gateway: { port: 1, token: 'from the file' }, webchat: { port: 3 } }"
  const environment = { CLAWDIS_GATEWAY_PORT: "2", CLAWDIS_GATEWAY_TOKEN: "from-environment-x" }
  const config = load(text, { environment, flags: { port: 0 } })
  expect(config.gateway).toMatchObject({ port: 0, token: "from-environment-x" })
  expect(config.webchat.port).toBe(3)
  expect(config.sources).toMatchObject({
    "gateway.port": "flag --port",
    "gateway.token": "environment CLAWDIS_GATEWAY_TOKEN",
    "webchat.port": "file",
    "webchat.enabled": "default",
  })
})

test("[AU6] the sources name where the token is from, never what it is", () => {
  const environment = { CLAWDIS_GATEWAY_TOKEN: "environment-secret-1" }
  const config = load(undefined, { environment, flags: { token: "flag-secret-12345" } })
  expect(config.gateway.token).toBe("flag-secret-12345")
  expect(describeToken(config)).toBe("token required (from flag --token)")
  expect(JSON.stringify(config.sources)).not.toContain("secret")
  expect(config.secrets).toContain("flag-secret-12345")
})

test("[AU4] an empty CLAWDIS_GATEWAY_TOKEN is unset", () => {
  const config = load(undefined, { environment: { CLAWDIS_GATEWAY_TOKEN: "" } })
  expect(config.gateway.token).toBeUndefined()
  expect(describeToken(config)).toBe("no token configured (loopback only)")
})

test("a token file gives its text without the white space around it", () => {
  const tokenFile = join(stateDir, "token")
  writeFileSync(tokenFile, "a-long-enough-token\n")
  const config = load(undefined, { flags: { tokenFile } })
  expect(config.gateway.token).toBe("a-long-enough-token")
  expect(config.sources["gateway.token"]).toBe("flag --token-file")
  writeFileSync(tokenFile, "\n")
  expect(problemOf(undefined, { flags: { tokenFile } })).toContain("must not be blank")
  rmSync(tokenFile)
  expect(problemOf(undefined, { flags: { tokenFile } })).toBe("token does not exist")
})

test.each([
  ["{\n  gateway: {\n    port: 18789\n    bind: 'x'\n", "clawdis.json:4:5 is not JSON5"],
  ["", "clawdis.json:1:1 is not JSON5: the text ends too early"],
  ["{\n  gateway: { port: 1,\n\n", "clawdis.json:2:22 is not JSON5: the text ends too early"],
  ["{ agent: {", "clawdis.json:1:11 is not JSON5: the text ends too early"],
  ["{ media: { roots: ['/a' // b", "clawdis.json:1:29 is not JSON5: the text ends too early"],
  [
    "{\n  logging: { file: 'a.log },\n  timeZone: 'UTC',\n}",
    "clawdis.json:2:20 is not JSON5: a text in quotes begins here and does not end on its line",
  ],
  ["{ // it's\n  timeZone: \"UTC", "clawdis.json:2:13 is not JSON5: a text in quotes begins here"],
  ["{ timeZone: /* it's", "clawdis.json:1:20 is not JSON5: the text ends too early"],
  ["{ gateway: { port: 1 } }\n}", "clawdis.json:2:1 is not JSON5: unexpected }"],
  ["{ gateway: { port: 1,, } }", "clawdis.json:1:22 is not JSON5: unexpected ,"],
  [
    "{ logging: { level: info } }",
    "clawdis.json:1:21 is not JSON5: unexpected word; a comma, or a quote, may be missing before it",
  ],
  ["{ gateway: { port: 1, port: 2 } }", 'clawdis.json:1:23 is not JSON5: the key "port" stands'],
  ["[".repeat(100_000), "clawdis.json:1:1 is not JSON5: too deeply nested"],
  [`{ timeZone: ${"[".repeat(200)}${"]".repeat(200)} }`, "is not JSON5: too deeply nested"],
  ["[]", "clawdis.json:1:1 must be an object"],
  ["{ __proto__: { x: 1 } }", "clawdis.json:1:3 is not JSON5: unknown key __proto__"],
])("[CF2] broken JSON5 is never taken for an empty file: %#", (text, expected) => {
  expect(problemOf(text)).toContain(expected)
})

test.each([
  ["{ gatway: {} }", 'clawdis.json:1:3 gatway: unknown key; did you mean "gateway"?'],
  [
    "{\n  gateway: {\n    prot: 1,\n  },\n}",
    'clawdis.json:3:5 gateway.prot: unknown key; did you mean "port"?',
  ],
  ["{ allowedHosts: [] }", 'allowedHosts: unknown key; did you mean "gateway.allowedHosts"?'],
  ["{ channels: { pigoen: {} } }", 'channels.pigoen: unknown key; did you mean "pigeon"?'],
  [
    "{ channels: { pigeon: {\n alowFrom: [] } } }",
    'clawdis.json:2:2 channels.pigeon.alowFrom: unknown key; did you mean "allowFrom"?',
  ],
  [
    "{ channels: { pigeon: { groups: { a: { anyone: true,\n x: 1 } } } } }",
    "clawdis.json:2:2 channels.pigeon.groups.a.x: unknown key",
  ],
  [
    "{ agent: { permissions: {\n wbchat: 'ask' } } }",
    "clawdis.json:2:2 agent.permissions.wbchat: unknown key",
  ],
  ["{ zzzzzz: 1 }", "clawdis.json:1:3 zzzzzz: unknown key"],
  ["{ constructor: 1, gateway: { toString: 1 } }", "constructor: unknown key"],
  ["{ channels: { pigeon: { toString: 1 } } }", "channels.pigeon.toString: unknown key"],
])("[CF3] an unknown key is named with its place and the nearest one: %#", (text, expected) => {
  expect(problemOf(text)).toContain(expected)
})

test.each([
  ["{ gateway: 1 }", "clawdis.json:1:12 gateway: must be an object"],
  ["{ gateway: { port:\n '18789' } }", "clawdis.json:2:2 gateway.port: must be a whole number"],
  ["{ gateway: { port: 65536 } }", "gateway.port: must be a whole number from 0 to 65535"],
  ["{ gateway: { port: NaN } }", "gateway.port: must be"],
  ["{ gateway: { port: null } }", "gateway.port: must be"],
  ["{ gateway: { bind: 'box.example' } }", "gateway.bind: must be an IP address or localhost"],
  ["{ gateway: { token: '  ' } }", "gateway.token: must not be blank"],
  ["{ gateway: { allowedOrigins: ['https://a.example/'] } }", "gateway.allowedOrigins: must be"],
  ["{ gateway: { allowedHosts: ['a.example:80'] } }", "gateway.allowedHosts: must be"],
  ["{ webchat: { enabled: 'yes' } }", "webchat.enabled: must be true or false"],
  ["{ agent: { engine: 'magic' } }", "agent.engine: must be one of builtin, acp"],
  ["{ agent: { command: [] } }", "agent.command: must be a list of a program"],
  ["{ agent: { env: ['A B'] } }", "agent.env: must be a list of names"],
  ["{ agent: { timeoutSeconds: 0 } }", "agent.timeoutSeconds: must be a whole number from 1"],
  ["{ agent: { thinking: 'banana' } }", "agent.thinking: must be one of off, minimal"],
  ["{ agent: { permissions: 'ask' } }", "agent.permissions: must be such as {webchat"],
  ["{ agent: { permissions: { channels: 'ask' } } }", "must be one of refuse, allow, or a list"],
  ["{ agent: { permissions: { webchat: [] } } }", "must be one of ask, refuse, allow, or a list"],
  [
    "{ agent: { permissions: { webchat: [{ kinds: ['raed'], decision: 'allow' }] } } }",
    "agent.permissions.webchat: kinds must be of read, edit",
  ],
  [
    "{ agent: { permissions: { webchat: [{ kinds: [], decision: 'allow' }] } } }",
    "agent.permissions.webchat: kinds must not be empty",
  ],
  [
    "{ agent: { permissions: { channels: [{ kinds: ['*'], decision: 'ask' }] } } }",
    "agent.permissions.channels: decision must be one of refuse, allow",
  ],
  [
    "{ agent: { permissions: { channels: [{ kinds: ['*'], decision: 'allow',\n x: 1 }] } } }",
    "clawdis.json:2:2 agent.permissions.channels.0.x: unknown key",
  ],
  ["{ session: { scope: 'all' } }", "session.scope: must be one of per-sender, main"],
  ["{ timeZone: 'Mars/Olympus' }", "timeZone: must be a time zone"],
  ["{ logging: { level: 'loud' } }", "logging.level: must be one of debug"],
  ["{ channels: [] }", "channels: must be an object"],
  ["{ channels: { pigeon: null } }", "channels.pigeon: must be an object"],
  [
    "{ channels: { pigeon: { allowFrom: ['a',\n 5] } } }",
    "clawdis.json:2:2 channels.pigeon.allowFrom.1: must be a text, not 5",
  ],
])("[CF4] a wrong value is named with its place: %#", (text, expected) => {
  expect(problemOf(text)).toContain(expected)
})

test("[CF4] several problems make one line, in the order of what is checked", () => {
  const text = "{ a: 1, gateway: { port: -1 }, channels: { pigeon: { b: 1 } } }"
  const problem = problemOf(text)
  expect(problem).not.toContain("\n")
  expect(problem.match(/clawdis\.json:1:/g)).toHaveLength(3)
})

test("a wrong value of a secret is never quoted", () => {
  const text = "{ gateway: { token: 987654321 }, channels: { pigeon: { botToken: 123456789 } } }"
  expect(problemOf(text)).not.toMatch(/987654321|123456789/)
})

test("[CF6] a file that cannot be read is named with the reason", () => {
  const path = join(stateDir, "clawdis.json")
  mkdirSync(path)
  expect(problemOf()).toBe("clawdis.json is a folder, not a file")
  rmSync(path, { recursive: true })
  symlinkSync(path, path)
  expect(problemOf()).toBe("clawdis.json cannot be read: a loop of symbolic links")
  rmSync(path)
  writeFileSync(path, "x".repeat(1024 * 1024 + 1))
  expect(problemOf()).toBe("clawdis.json is larger than 1 MB")
  writeFileSync(path, Buffer.from([0x7b, 0xff, 0x7d]))
  expect(problemOf()).toBe("clawdis.json is not UTF-8 text")
  rmSync(path)
  symlinkSync("/dev/zero", path)
  expect(problemOf()).toBe("clawdis.json is not a regular file")
  const environment = { CLAWDIS_CONFIG_PATH: join(stateDir, "other.json") }
  expect(problemOf(undefined, { environment })).toBe("other.json does not exist")
})

test("[CF7] garbage in the environment is named by its variable", () => {
  for (const port of ["abc", "-1", "70000", "18789x", " 1", "1e3", "0x10"]) {
    const problem = problemOf(undefined, { environment: { CLAWDIS_GATEWAY_PORT: port } })
    expect(problem).toContain("CLAWDIS_GATEWAY_PORT must be a whole number from 0 to 65535")
  }
  expect(problemOf(undefined, { environment: { CLAWDIS_GATEWAY_TOKEN: "  " } })).toBe(
    "CLAWDIS_GATEWAY_TOKEN must not be blank",
  )
  expect(problemOf(undefined, { environment: { PIGEON_BOT_TOKEN: "zip" } })).toBe(
    "PIGEON_BOT_TOKEN channels.pigeon.botToken: must be a bot token",
  )
  expect(() => load(undefined, { environment: { CLAWDIS_STATE_DIR: " " } })).toThrow(OperatorError)
})

test("[AU16] listening beyond loopback needs a token", () => {
  for (const bind of ["0.0.0.0", "::", "192.168.1.5", "::ffff:10.0.0.1"]) {
    expect(problemOf(`{ gateway: { bind: '${bind}' } }`)).toContain(
      `refusing to listen on ${bind} without a token`,
    )
  }
  const flags = { token: "a-long-enough-token" }
  expect(load("{ gateway: { bind: '0.0.0.0' } }", { flags }).gateway.bind).toBe("0.0.0.0")
  for (const bind of ["127.0.0.1", "127.8.8.8", "::1", "localhost"]) {
    expect(load(`{ gateway: { bind: '${bind}' } }`).gateway.bind).toBe(bind)
  }
})

test("[AU14] a further host name needs a token", () => {
  const text = "{ gateway: { allowedHosts: ['Box.tailnet.ts.net'] } }"
  expect(problemOf(text)).toContain("refusing to be reached as box.tailnet.ts.net without a token")
  const config = load(text, { flags: { token: "a-long-enough-token" } })
  expect(config.gateway.allowedHosts).toEqual(["box.tailnet.ts.net"])
})

test("[AU15] a trusted proxy needs a token, and is an address", () => {
  const text = "{ gateway: { trustedProxies: ['127.0.0.1'] } }"
  expect(problemOf(text)).toContain("refusing to be reached through 127.0.0.1 without a token")
  const config = load(text, { flags: { token: "a-long-enough-token" } })
  expect(config.gateway.trustedProxies).toEqual(["127.0.0.1"])
  for (const wrong of ["localhost", "127.1", "10.0.0.0/8", "", "*"]) {
    expect(problemOf(`{ gateway: { trustedProxies: ['${wrong}'] } }`)).toContain(
      "gateway.trustedProxies: must be a list of IP addresses",
    )
  }
})

test("a short token is warned about", () => {
  expect(load(undefined, { flags: { token: "short" } }).warnings).toHaveLength(1)
  expect(load(undefined, { flags: { token: "0123456789abcdef" } }).warnings).toEqual([])
})

test("a channel's token comes from the environment, from a file of its own, or from the section", () => {
  const tokenFile = join(stateDir, "bot-token")
  writeFileSync(tokenFile, "1:file\n")
  const text = "{ channels: { pigeon: { botTokenFile: 'bot-token', allowFrom: ['7'] } } }"
  const fromFile = load(text)
  expect(fromFile.channels["pigeon"]).toMatchObject({ botToken: "1:file", allowFrom: ["7"] })
  expect(fromFile.channels["pigeon"]).not.toHaveProperty("botTokenFile")
  expect(fromFile.secrets).toEqual(["1:file"])
  const fromEnvironment = load(text, { environment: { PIGEON_BOT_TOKEN: "2:env" } })
  expect(fromEnvironment.channels["pigeon"]).toMatchObject({ botToken: "2:env" })
  expect(fromEnvironment.sources["channels.pigeon.botToken"]).toBe("environment PIGEON_BOT_TOKEN")
  rmSync(tokenFile)
  expect(problemOf()).toBe("bot-token does not exist")
})

test("[TG15] the password of a proxy is a secret, as it is written and as it is meant", () => {
  const secretsOf = (proxy: string) =>
    load(`{ channels: { pigeon: { proxy: '${proxy}' } } }`).secrets
  expect(secretsOf("http://me:p%40ss+w@proxy.example:8080")).toEqual(["p%40ss+w", "p@ss+w"])
  expect(secretsOf("http://me:100%@proxy.example")).toEqual(["100%", "100%"])
  expect(secretsOf("http://proxy.example")).toEqual([])
})

test("the file of instructions is read, and excludes instructions beside it", () => {
  writeFileSync(join(stateDir, "who.md"), "You are Clawd.\n")
  expect(load("{ agent: { instructionsFile: 'who.md' } }").agent.instructions).toBe(
    "You are Clawd.",
  )
  expect(problemOf("{ agent: { instructionsFile: 'who.md', instructions: 'x' } }")).toContain(
    "agent.instructionsFile: agent.instructions is set as well",
  )
})

test("paths are taken from the home and from the file's folder", () => {
  const text = "{ agent: { cwd: '~/work' }, logging: { file: 'logs/a.log' } }"
  const config = load(text, { environment: { HOME: "/home/anna" } })
  expect(config.agent.cwd).toBe("/home/anna/work")
  expect(config.logging.file).toBe(join(stateDir, "logs/a.log"))
})

test("a configuration does not change", () => {
  const config = load("{ gateway: { allowedOrigins: ['https://a.example'] } }")
  expect(Object.isFrozen(config.gateway)).toBe(true)
  expect(Object.isFrozen(config.gateway.allowedOrigins)).toBe(true)
  expect(Object.isFrozen(config.channels["pigeon"]?.groups)).toBe(true)
})

test("[CF2] any text is a configuration or a ConfigError", () => {
  const words = ["{", "}", "[", "]", ":", ",", "gateway", "port", "channels", "pigeon", "'x'", "1"]
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
    fc.json(),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join(" ")),
  )
  fc.assert(
    fc.property(anyText, (text) => {
      try {
        load(text)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
    }),
    { numRuns: 200 },
  )
})

test("[CF4] the engine acp without a command is refused", () => {
  expect(problemOf("{ agent: { engine: 'acp' } }")).toContain(
    "clawdis.json:1:20 agent.engine: acp needs agent.command",
  )
  expect(load("{ agent: { engine: 'acp', command: 'claude' } }").agent.command).toBe("claude")
})

test("[CF4] an alarm needs an address that some channel reads", () => {
  expect(problemOf("{ alerts: { to: 'the boss' } }")).toBe(
    "clawdis.json:1:17 alerts.to: is not an address of a channel, such as +15550100000 or telegram:12345",
  )
  expect(load("{ alerts: { to: 'pigeon:7' } }").alerts.to).toBe("pigeon:7")
})

test("[M12] permissions are asked at a client and refused to channels, unless rules say otherwise", () => {
  const bare = { webchat: "ask", channels: "refuse" }
  expect(load().agent.permissions).toEqual(bare)
  expect(load("{ agent: { permissions: {} } }").agent.permissions).toEqual(bare)
  const rules = [{ kinds: ["read", "search"], decision: "allow" }]
  const text = JSON.stringify({ agent: { permissions: { channels: rules } } })
  expect(load(text).agent.permissions).toEqual({ webchat: "ask", channels: rules })
})

test("[CF4] the name of a preset that there is not is refused, with the nearest one", () => {
  expect(problemOf("{ agent: { engine: 'acp', command: 'cluade' } }")).toContain(
    "agent.command: there is no preset cluade (did you mean claude?). Presets are claude, codex;",
  )
})

test("[CF17] everything that is wrong is told at once: entries of lists, files, and what contradicts", () => {
  const problems = (text: string) => problemOf(text).split("; ")
  expect(
    problems(`{
      gateway: { allowedHosts: ["a", "b:1", "c/d"] },
      agent: { instructionsFile: "none.md", permissions: { web: 1 } },
      channels: { pigeon: { botTokenFile: "no-token" } },
    }`),
  ).toEqual([
    "clawdis.json:2:38 gateway.allowedHosts: must be a list of host names without a port",
    "clawdis.json:2:45 gateway.allowedHosts: must be a list of host names without a port",
    "clawdis.json:3:60 agent.permissions.web: unknown key",
    "none.md does not exist",
    "no-token does not exist",
  ])
  expect(
    problems("{ gateway: { bind: '::' }, agent: { engine: 'acp' }, alerts: { to: 'x' } }"),
  ).toEqual([
    expect.stringContaining("gateway.bind: refusing to listen on :: without a token"),
    expect.stringContaining("agent.engine: acp needs agent.command"),
    expect.stringContaining("alerts.to: is not an address"),
  ])
})

test("[CF2] a text may hold the other quote, an escaped one and an escaped end of the line", () => {
  const text = `{ agent: { instructions: 'say "it\\'s"\\\n fine', /* don't */ }, } // won't`
  expect(load(text).agent.instructions).toBe(`say "it's" fine`)
})

test("[CF7] a variable that is nearly one of ours is warned about, without its value", () => {
  const environment = {
    CLAWDIS_GATEWAY_TOKN: "a token of 24 letters",
    CLAWDIS_KILLS: "200",
    GATEWAY_TOKEN: "x",
  }
  expect(load("{}", { environment }).warnings).toEqual([
    "nothing reads the variable CLAWDIS_GATEWAY_TOKN; did you mean CLAWDIS_GATEWAY_TOKEN?",
  ])
})
