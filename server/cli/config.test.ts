import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { expect, onTestFinished, test } from "vitest"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import { runCommands } from "../testing/run-commands.ts"
import { CONFIG } from "./config-command.ts"

const BOT_TOKEN = "123456:ABCdefghijklmnopqrstuvwxyz012345678"

interface Typing {
  readonly environment?: Readonly<Record<string, string>>
  readonly piped?: string
  readonly stdin?: PassThrough
}

function setUp(configuration?: string) {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-config-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const stateDir = join(folder, "state")
  const file = join(stateDir, "clawdis.json")
  if (configuration !== undefined) {
    mkdirSync(stateDir, { mode: 0o700 })
    writeFileSync(file, configuration, { mode: 0o600 })
  }
  const run = (line: string | readonly string[], typing: Typing = {}) => {
    const stdin = typing.stdin ?? new PassThrough()
    if (typing.piped !== undefined) stdin.end(typing.piped)
    const words = typeof line === "string" ? line.split(" ") : line
    const environment = { CLAWDIS_STATE_DIR: stateDir, ...typing.environment }
    return runCommands([CONFIG], ["config", ...words], environment, { stdin })
  }
  return { file, folder, read: () => readFileSync(file, "utf8"), run }
}

test("[CF13] config set changes one key and says when a running gateway takes it", async () => {
  const { file, read, run } = setUp("{\n  gateway: { port: 1 }, // mine\n}\n")
  expect(await run("set gateway.port 18800")).toEqual({
    code: 0,
    out: `gateway.port is changed in ${file}.\nA running gateway takes it after a restart.\n`,
    err: "",
  })
  expect(read()).toBe("{\n  gateway: { port: 18800 }, // mine\n}\n")
  const live = await run("set agent.timeoutSeconds 900 --json")
  expect(JSON.parse(live.out)).toEqual({
    ok: true,
    key: "agent.timeoutSeconds",
    file,
    status: "changed",
    takes: "at once",
  })
  expect((await run("set gateway.port 18800")).out).toContain("said so already")
  expect((await run("unset agent.timeoutSeconds")).out).toContain("is changed in")
  expect(read()).toBe("{\n  gateway: { port: 18800 }, // mine\n  agent: {},\n}\n")
  const environment = { CLAWDIS_GATEWAY_PORT: "22000" }
  expect((await run("set gateway.port 7", { environment })).out).toContain(
    "does not count while CLAWDIS_GATEWAY_PORT is set",
  )
})

test("[CF13] a word is read as JSON5, or as a text where only that fits", async () => {
  const { read, run } = setUp()
  const values = [
    ["agent.engine", "acp", undefined],
    ["agent.command", "claude", "claude"],
    ["agent.engine", "acp", "acp"],
    ["agent.command", "['my agent', '--acp',]", ["my agent", "--acp"]],
    ["alerts.to", "+15550100000", "+15550100000"],
    ["agent.instructions", "Be kind. Be short.", "Be kind. Be short."],
    ["gateway.bind", "::1", "::1"],
    ["webchat.enabled", "false", false],
    ["session.links.anna", '["telegram:42"]', ["telegram:42"]],
    ["limits.runsPerSender", "{count: 5, minutes: 1}", { count: 5, minutes: 1 }],
    ["limits.runsPerSender.count", "6", 6],
    ['channels.whatsapp.groups["120363000000000001@g.us"].mention', "false", false],
    ["channels.telegram.groups.-100123.anyone", "true", true],
    ["channels.telegram.botToken", BOT_TOKEN, undefined],
  ] as const
  for (const [key, value, shown] of values) {
    const { code, err } = await run(["set", key, value])
    if (shown === undefined) continue
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(JSON.parse((await run(["get", key, "--json"])).out)).toEqual({
      key,
      value: shown,
      source: "file",
    })
  }
  expect(read()).toMatch(/^\{\n {2}agent: \{ command: \[/)
})

test("[CF14] what the gateway would not start with is refused, and the file is as it was", async () => {
  const text = "{ gateway: { port: 1 }, channels: { telegram: { allowFrom: [42] } } }"
  const { file, folder, read, run } = setUp(text)
  for (const [key, value, problem] of [
    ["gateway.port", "abc", "must be a whole number from 0 to 65535"],
    ["gateway.port", "70000", "must be a whole number from 0 to 65535"],
    ["gateway.port", "null", "must be a whole number"],
    ["gateway.bind", "0.0.0.0", "without a token"],
    ["agent.engine", "acp", "needs agent.command"],
    ["agent.command", "claudee", "did you mean claude?"],
    ["agent.permissions.webchatt", "ask", "unknown key"],
    ["channels.telegram.allowFrom", "anna", "allowFrom"],
    ["channels.whatsapp.groups.1@g.us", "{}", "@g.us"],
    ["channels.telegram.botTokenFile", join(folder, "none"), "does not exist"],
    ["channels.telegram.botToken", "123:secret", "@BotFather"],
  ] as const) {
    const { code, err, out } = await run(["set", key, value])
    expect({ key, code, out }).toEqual({ key, code: 2, out: "" })
    const lines = err.trimEnd().split("\n")
    expect(lines.at(-1)).toContain(`${key} cannot be set to that, and nothing was written: `)
    expect(lines.at(-1)).toContain(problem)
    expect(lines).toHaveLength(key.endsWith("Token") ? 2 : 1)
    expect(err).not.toContain("123:secret")
  }
  expect(read()).toBe(text)
  expect(readdirSync(join(folder, "state"))).toEqual(["clawdis.json"])

  writeFileSync(file, "{ gateway: { bind: '0.0.0.0', token: 'a very long secret' } }")
  expect(await run("unset gateway.token")).toMatchObject({
    code: 2,
    err: expect.stringContaining("cannot be taken out"),
  })
})

test("[CF14] a file that is wrong already is named with its places, unless the change mends it", async () => {
  const { file, read, run } = setUp("{\n  gatewy: {},\n}")
  expect(await run("set gateway.port 7")).toEqual({
    code: 78,
    out: "",
    err: `${file}:2:3 gatewy: unknown key; did you mean "gateway"?\n`,
  })
  expect((await run("unset gatewy")).code).toBe(0)
  expect(read()).toBe("{}")
  writeFileSync(file, "{ gateway: { port: 'x' } }")
  expect((await run("set gateway.port 7")).code).toBe(0)
  writeFileSync(file, "{ gateway: ")
  const broken = await run("set gateway.port 7")
  expect(broken).toMatchObject({ code: 78, err: expect.stringContaining(`${file}:1:`) })
  expect(read()).toBe("{ gateway: ")
})

test("[CF15] a new file is private, and one that exists keeps its mode and the link that leads to it", async () => {
  const { file, folder, read, run } = setUp()
  const { code, out } = await run("set agent.thinking low")
  expect(code).toBe(0)
  expect(out).toContain(`${file}, which was made`)
  expect(read()).toBe('{\n  agent: { thinking: "low" },\n}\n')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700)

  const target = join(folder, "elsewhere.json5")
  writeFileSync(target, "\uFEFF{ agent: {} }\r\n")
  chmodSync(target, 0o640)
  rmSync(file)
  symlinkSync(target, file)
  expect((await run("set agent.thinking low")).code).toBe(0)
  expect(lstatSync(file).isSymbolicLink()).toBe(true)
  expect(statSync(target).mode & 0o777).toBe(0o640)
  expect(readFileSync(target, "utf8")).toBe('\uFEFF{ agent: { thinking: "low" } }\r\n')
  expect(readdirSync(folder).sort()).toEqual(["elsewhere.json5", "state"])

  rmSync(target)
  expect(await run("set agent.thinking low")).toMatchObject({ code: 78 })
  expect(existsSync(target)).toBe(false)
})

test("[CF16] config get says what a setting is on stdout, and where it is from beside", async () => {
  const { run } = setUp("{ gateway: { bind: '::1' }, agent: { command: ['a', 'b'] } }")
  const environment = { CLAWDIS_GATEWAY_PORT: "22000" }
  const port = await run("get gateway.port", { environment })
  expect(port).toEqual({ code: 0, out: "22000\n", err: "from environment CLAWDIS_GATEWAY_PORT\n" })
  expect(await run("get gateway.bind")).toEqual({ code: 0, out: "::1\n", err: "from file\n" })
  expect((await run("get agent.command")).out).toBe('["a","b"]\n')
  expect((await run("get limits.runsPerSender.count")).out).toBe("30\n")
  expect(await run("get alerts.to")).toEqual({
    code: 0,
    out: "",
    err: "alerts.to is not set (default)\n",
  })
  const section = await run("get gateway", { environment })
  expect(section.out).toMatch(/^gateway\.port +22000 +environment CLAWDIS_GATEWAY_PORT$/m)
  expect(section.out).not.toContain("agent")
  expect((await run("get")).out).toMatch(/^channels\.whatsapp\.enabled +true +default$/m)
  expect(JSON.parse((await run("get webchat --json")).out)).toEqual({
    settings: [
      { key: "webchat.enabled", value: true, source: "default" },
      { key: "webchat.port", value: 18_788, source: "default" },
    ],
  })
})

test("[CF16] config get tells of a secret only that it is set", async () => {
  const secret = "a token of 24 letters or so"
  const { run } = setUp(
    JSON.stringify({ gateway: { token: secret }, channels: { telegram: { botToken: BOT_TOKEN } } }),
  )
  for (const key of ["gateway.token", "channels.telegram.botToken"]) {
    expect(await run(`get ${key}`)).toEqual({
      code: 0,
      out: "",
      err: `${key} is set, and not shown (file)\n`,
    })
  }
  for (const line of ["get", "get gateway", "get --json", "get gateway.token --json"]) {
    const { out } = await run(line)
    expect(out).toContain("(secret)")
    expect(out).not.toContain(secret)
    expect(out).not.toContain(BOT_TOKEN)
  }
})

test("[CF16] config get knows the file of a secret", async () => {
  const { folder, run } = setUp()
  writeFileSync(join(folder, "token"), BOT_TOKEN)
  const path = join(folder, "token")
  expect((await run(["set", "channels.telegram.botTokenFile", path])).code).toBe(0)
  expect((await run("get channels.telegram.botTokenFile")).out).toBe(`${path}\n`)
  expect((await run("get channels.telegram.botToken")).err).toBe(
    `channels.telegram.botToken is set, and not shown (file ${path})\n`,
  )
})

test("[CF16] an unknown key is wrong usage, with the nearest one", async () => {
  const { run } = setUp("{}")
  for (const [line, hint] of [
    ["get gateway.prot", "did you mean gateway.port?"],
    ["get timeoutSeconds", "did you mean agent.timeoutSeconds?"],
    ["set gatewy.port 1", "did you mean gateway.port?"],
    ["unset channels.telegran", "did you mean channels.telegram?"],
    ["set gateway {}", "set one of gateway.port, gateway.bind"],
    ["get gateway..port", "is not a key"],
    ["set gateway.port", "needs a key and a value"],
    ["unset", "needs a key"],
    ["get a b", "get takes no b"],
    ["chek", "check, get, set, unset or schema"],
    ["constructor", "check, get, set, unset or schema"],
  ] as const) {
    const { code, err, out } = await run(line)
    expect({ line, code, out }).toEqual({ line, code: 2, out: "" })
    expect(err).toContain(hint)
  }
  expect(JSON.parse((await run("get gateway.prot --json")).out)).toMatchObject({
    ok: false,
    error: { code: "USAGE" },
  })
})

test("[CF17] config check says that the file is fine, or everything that is wrong with it", async () => {
  const { file, folder, run } = setUp("{ gateway: { token: 'short' } }")
  expect(await run("check")).toEqual({
    code: 0,
    out: `${file} is fine.\nwarning: gateway.token has fewer than 16 characters and can be guessed\n`,
    err: "",
  })
  expect(JSON.parse((await run("--json")).out)).toMatchObject({ ok: true, file, exists: true })

  const other = join(folder, "other.json")
  const keys = ["a", "b", "c", "d", "e", "f"].map((key) => `${key}: 1,\n`)
  writeFileSync(other, `{${keys.join("")} gateway: { port: 'x' } }`)
  const { code, err, out } = await run(["check", other])
  expect({ code, out }).toEqual({ code: 78, out: "" })
  expect(err.split("\n")).toHaveLength(8)
  expect(err).toContain(`${other}:2:1 b: unknown key`)
  expect(err).toContain(`${other}:7:19 gateway.port: must be a whole number`)
  const document = JSON.parse((await run(["check", other, "--json"])).out)
  expect(document).toMatchObject({ ok: false, error: { code: "FAILED" } })
  expect(document.error.details.problems).toHaveLength(7)
  expect(document.error.details.problems[0]).toEqual({
    where: `${other}:1:2`,
    key: "a",
    text: "unknown key",
  })
  expect(await run(["check", join(folder, "none")])).toMatchObject({ code: 78 })
  rmSync(file)
  expect((await run("check")).out).toBe(`${file} is not there: every setting is as it comes.\n`)
})

test("[CF18] a secret comes through standard input; on the command line it is taken with a warning", async () => {
  const { read, run } = setUp()
  const piped = await run("set gateway.token -", { piped: " 12345678901234567890\n" })
  expect(piped).toMatchObject({ code: 0, err: "" })
  expect(read()).toContain('token: "12345678901234567890"')
  const given = await run("set gateway.token 00000000000000000000")
  expect(given.code).toBe(0)
  expect(given.err).toContain("gateway.token - reads it instead")
  expect(given.out + given.err).not.toContain("0000000000")
  expect(read()).toContain('token: "00000000000000000000"')
  const proxy = await run("set channels.telegram.proxy http://me:mypass@127.0.0.1:1")
  expect(proxy).toMatchObject({
    code: 0,
    err: expect.stringContaining("channels.telegram.proxy -"),
  })
  expect((await run("get channels.telegram.proxy")).out).toBe("http://me:(secret)@127.0.0.1:1\n")
  expect((await run("set agent.timeoutSeconds -", { piped: "5\n" })).code).toBe(0)
  expect(await run("set gateway.token -", { piped: " \n" })).toMatchObject({ code: 2 })
  const huge = await run("set gateway.token -", { piped: "x".repeat(70_000) })
  expect(huge).toMatchObject({ code: 2, err: expect.stringContaining("64 KB") })
})

test("[CF18] a standard input that cannot be read is named with the reason", async () => {
  const { run } = setUp()
  const stdin = new PassThrough()
  stdin.destroy(Object.assign(new Error("EISDIR: illegal operation"), { code: "EISDIR" }))
  expect(await run("set gateway.token -", { stdin })).toEqual({
    code: 1,
    out: "",
    err: "Standard input cannot be read: it is a folder.\n",
  })
})

test("[CF18] a value that does not come through standard input is waited for so long and no longer", async () => {
  const { cli, ...timings } = DEFAULT_TIMINGS
  const { folder } = setUp()
  const { code, err } = await runCommands(
    [CONFIG],
    "config set gateway.token -",
    { CLAWDIS_STATE_DIR: folder },
    {
      stdin: new PassThrough(),
      timings: { ...timings, cli: { ...cli, valueWaitMs: 20, progressAfterMs: 1 } },
    },
  )
  expect(code).toBe(1)
  expect(err).toContain("waiting for what comes through standard input")
  expect(err).toContain("did not come to its end")
})

test("[CF18] a secret that is typed is not shown, and Ctrl-C writes nothing", async () => {
  const { file, read, run } = setUp()
  const toTerminal = () => {
    const modes: boolean[] = []
    const stdin = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (isRaw: boolean) => void modes.push(isRaw),
    })
    return { modes, stdin }
  }
  const first = toTerminal()
  first.stdin.write("a token\u0003")
  const interrupted = await run("set gateway.token -", { stdin: first.stdin })
  expect(interrupted).toMatchObject({ code: 130, out: "" })
  expect(interrupted.err).toContain("Nothing was written")
  expect(first.modes).toEqual([true, false])
  expect(existsSync(file)).toBe(false)

  const second = toTerminal()
  second.stdin.write("a token thaz\u007Ft is long\r")
  const typed = await run("set gateway.token -", { stdin: second.stdin })
  expect(typed).toMatchObject({
    code: 0,
    err: "gateway.token (what you type is not shown): \n",
  })
  expect(read()).toContain('"a token that is long"')
  expect(second.modes).toEqual([true, false])
})
