import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { expect, onTestFinished, test } from "vitest"
import { PRESETS } from "../agent/acp/presets.ts"
import { CHANNELS } from "../channels/index.ts"
import { loadConfig } from "../config/config.ts"
import { createConfigFile } from "../config/create-config-file.ts"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import { createCollector } from "../testing/collector.ts"
import { runProgram } from "./program.ts"
import { SETUP } from "./setup-command.ts"

const SILENT = '["/bin/sleep", "60"]'
const BOT_TOKEN = "123456:ABCdefghijklmnopqrstuvwxyz012345678"

/** An agent of the Agent Client Protocol that says `ok` to everything, in as few lines as it takes. */
const AGENT = `
import { createInterface } from "node:readline"
const write = (frame) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...frame }) + "\\n")
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  if (method === "initialize") return write({ id, result: { protocolVersion: 1 } })
  if (method === "session/new") return write({ id, result: { sessionId: "s" } })
  const content = { type: "text", text: "ok" }
  const update = { sessionUpdate: "agent_message_chunk", content }
  if (!process.argv.includes("mute"))
    write({ method: "session/update", params: { sessionId: params.sessionId, update } })
  write({ id, result: { stopReason: "end_turn" } })
})
`

interface Typing {
  /** What is typed, a line each; without it the input is no terminal. */
  readonly typed?: readonly string[]
  /** The input ends behind it. */
  readonly ends?: boolean
  readonly environment?: Readonly<Record<string, string>>
  readonly agentTestMs?: number
  /** Gets what the terminal is told: to keep from showing what is typed, and to go back. */
  readonly modes?: boolean[]
  /** Told of stderr so far, with the means to press Ctrl-C. */
  readonly watch?: (text: string, interrupt: () => void) => void
}

function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-setup-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const environment = { CLAWDIS_STATE_DIR: join(folder, "state"), HOME: folder, PATH: folder }
  const file = join(folder, "state", "clawdis.json")
  const agent = join(folder, "agent.mjs")
  writeFileSync(agent, AGENT)
  const run = async (line: readonly string[], typing: Typing = {}) => {
    const { agentTestMs, ends, modes = [], typed, watch } = typing
    const stdin = Object.assign(new PassThrough(), {
      isTTY: typed !== undefined,
      setRawMode: (isRaw: boolean) => void modes.push(isRaw),
    })
    let interrupt = (): void => undefined
    const stdout = createCollector()
    const stderr = createCollector((text) => watch?.(text, interrupt))
    for (const text of typed ?? []) stdin.write(`${text}\n`)
    if (ends) stdin.end()
    const { agent, cli, ...timings } = DEFAULT_TIMINGS
    const code = await runProgram([SETUP], {
      argv: ["setup", ...line],
      stdin,
      stdout,
      stderr,
      timings: {
        ...timings,
        agent: { ...agent, graceMs: 50 },
        cli: { ...cli, agentTestMs: agentTestMs ?? cli.agentTestMs },
      },
      environment: { ...environment, ...typing.environment },
      onInterrupt: (listener) => {
        interrupt = listener
      },
    })
    return { code, out: stdout.text, err: stderr.text }
  }
  const read = () =>
    loadConfig({
      flags: {},
      environment,
      channels: CHANNELS,
      presets: PRESETS.map(({ name }) => name),
    })
  return { agent: [process.execPath, agent], environment, file, folder, read, run }
}

test("four answers make a private configuration file with which the gateway starts", async () => {
  const { agent, file, read, run } = setUp()
  const typed = [agent.join(" "), "y", "assistant", "+1 (555) 010-0000, +15550100001", BOT_TOKEN]
  const { code, out, err } = await run([], { typed })
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("It answers (") })
  expect(out).toContain(
    `Written: ${file}, which only you can read. No chat service was contacted: nothing has been sent to anyone.`,
  )
  for (const next of ["clawdis gateway", "clawdis open", "clawdis login", "clawdis allow"]) {
    expect(out).toContain(next)
  }
  expect(out + err).not.toContain(BOT_TOKEN)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(read()).toMatchObject({
    agent: { engine: "acp", command: agent },
    channels: {
      telegram: { botToken: BOT_TOKEN },
      whatsapp: { allowFrom: ["+15550100000", "+15550100001"] },
    },
  })
})

test("Enter alone takes what stands in brackets: the agent on PATH, the own number, no bot", async () => {
  const { agent, folder, read, run } = setUp()
  const program = `#!/bin/sh\nexec ${agent.join(" ")}\n`
  // It is here, and what starts it is not.
  writeFileSync(join(folder, "codex"), program, { mode: 0o755 })
  writeFileSync(join(folder, "opencode"), program, { mode: 0o755 })
  const { code, out, err } = await run([], { typed: ["", "", "", ""] })
  expect(code).toBe(0)
  for (const text of ["opencode, /", "Agent [opencode]", "[Y/n]", "[own]", "[skip]"]) {
    expect(err).toContain(text)
  }
  expect(err).not.toContain("codex")
  expect(err).toContain("answer only you")
  expect(out).toContain("clawdis login")
  expect(read()).toMatchObject({
    agent: { engine: "acp", command: "opencode" },
    channels: { whatsapp: { allowFrom: [] }, telegram: { allowFrom: [] } },
  })
})

test("[CL24] an answer that cannot be used is asked for again, and a token is not repeated", async () => {
  const { read, run } = setUp()
  const typed = [
    "nonesuch",
    "[1]",
    "builtin",
    "perhaps",
    "y",
    "mine",
    "assistant",
    "anna",
    "",
    "123:x",
  ]
  const { code, err } = await run([], { typed: [...typed, BOT_TOKEN] })
  expect(code).toBe(0)
  for (const text of [
    '"nonesuch" is not on PATH',
    "A list must be of texts",
    "answer yes or no",
    "must be own or assistant",
    "It must be a number such as +15550100000",
    "It must be a bot token from @BotFather",
  ]) {
    expect(err).toContain(text)
  }
  expect(err).not.toContain("123:x")
  expect(read()).toMatchObject({ agent: { engine: "builtin" }, channels: { whatsapp: {} } })
})

test("[CL26] only the bot's token is typed without being shown, and Ctrl-C there writes nothing", async () => {
  const { file, read, run } = setUp()
  const modes: boolean[] = []
  const typed = ["builtin", "n"]
  const stopped = await run(["--no-test"], { typed: [...typed, "123:\u0003"], modes })
  expect(stopped).toMatchObject({ code: 130, out: "" })
  expect(stopped.err).toMatch(/not shown\) \[skip\] \s*Interrupted\. Nothing was written\.\n$/)
  expect({ modes, exists: existsSync(file) }).toEqual({ modes: [true, false], exists: false })

  const { code, err } = await run(["--no-test"], { typed: [...typed, BOT_TOKEN], modes })
  expect(code).toBe(0)
  expect(err).not.toContain(BOT_TOKEN)
  expect(modes).toEqual([true, false, true, false])
  expect(read().channels["telegram"]).toMatchObject({ botToken: BOT_TOKEN })
})

test("[CL24] a flag that cannot be used is wrong usage, and nothing is written", async () => {
  const { file, folder, run } = setUp()
  for (const [line, problem] of [
    ["--agent nonesuch", "not on PATH"],
    ["--agent builtin --number mine", "own or assistant"],
    ["--agent builtin --allow anna", "+15550100000"],
    ["--agent builtin --number own --allow +15550100000", "--number assistant"],
    ["--agent builtin --no-whatsapp --number own", "exclude each other"],
    ["--agent builtin --telegram-token 123:x", "@BotFather"],
    ["--agent-env A,B-C", "names of variables"],
  ] as const) {
    const { code, err } = await run(["--yes", ...line.split(" ")])
    expect({ line, code }).toEqual({ line, code: 2 })
    expect(err).toContain(problem)
  }
  const missing = ["--yes", "--no-whatsapp", "--telegram-token-file", join(folder, "none")]
  expect(await run(missing)).toMatchObject({ code: 78, out: "" })
  expect(existsSync(file)).toBe(false)
})

test("[CL22] where nobody can be asked, --yes is needed, and then nobody is", async () => {
  const { read, run } = setUp()
  const refused = await run([])
  expect(refused).toMatchObject({ code: 2, out: "" })
  expect(refused.err).toContain("add --yes")
  const { code, out } = await run(["--yes", "--json"])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ ok: true, written: true, next: expect.any(Array) })
  expect(read().agent.engine).toBe("builtin")
})

test("[CL23] an agent that does not answer is shown with its last words, and a person decides", async () => {
  const { agent, file, read, run } = setUp()
  const broken = '["/bin/sh", "-c", "echo no key here >&2; exit 3"]'
  const typed = [broken, "n", agent.join(" "), "n", "skip"]
  const { code, err } = await run([], { typed })
  expect(code).toBe(0)
  expect(err).toContain("It does not answer. /bin/sh ended with exit code 3: no key here")
  expect(read().agent.command).toEqual(agent)

  rmSync(file)
  expect((await run([], { typed: [broken, "y", "n", ""] })).code).toBe(0)
  expect(read().agent.command).toEqual(JSON.parse(broken))
})

test("[CL23] with --yes an agent that does not answer is taken only without the test", async () => {
  const { file, read, run } = setUp()
  const line = ["--yes", "--agent", SILENT, "--agent-env", "MY_API_KEY"]
  const environment = { OTHER_API_KEY: "k", MY_API_KEY: "k" }
  const { code, err } = await run(line, { agentTestMs: 200, environment })
  expect(code).toBe(1)
  expect(err).toContain("It did not answer within")
  expect(err).toContain("It does not get OTHER_API_KEY: name what it needs with --agent-env.")
  expect(existsSync(file)).toBe(false)
  expect((await run([...line, "--no-test"])).code).toBe(0)
  expect(read().agent).toMatchObject({ env: ["MY_API_KEY"] })
})

test("[CL23] an agent that says nothing, or that a person does not take, is not written down", async () => {
  const { agent, file, run } = setUp()
  const line = ["--agent", JSON.stringify([...agent, "mute"])]
  const { code, err } = await run(["--yes", ...line])
  expect({ code, err }).toMatchObject({
    code: 1,
    err: expect.stringContaining("without an answer"),
  })
  expect(await run(line, { typed: [""] })).toMatchObject({ code: 1, out: "" })
  expect(existsSync(file)).toBe(false)
})

test("[CL21] a configuration file that exists stays as it is, and what to add to it is printed", async () => {
  const { file, run } = setUp()
  expect((await run(["--yes"])).code).toBe(0)
  writeFileSync(file, "{ /* mine */ }")
  const { code, out, err } = await run(["--yes", "--telegram-token", BOT_TOKEN])
  expect(code).toBe(0)
  expect(err).toContain(`${file} exists and stays as it is`)
  expect(out).toContain('"botToken": "(the token that you gave)"')
  expect(out).toContain("name that with botTokenFile")
  expect(out + err).not.toContain(BOT_TOKEN)
  expect(readFileSync(file, "utf8")).toBe("{ /* mine */ }")
  const asJson = await run(["--yes", "--json", "--telegram-token", BOT_TOKEN])
  expect(asJson.out + asJson.err).not.toContain(BOT_TOKEN)
  const json = JSON.parse(asJson.out)
  expect(json).toMatchObject({ written: false, add: { agent: { engine: "builtin" } } })
})

test("[CL21] of two who make the file at once one does, and nothing else is left", async () => {
  const { environment, file } = setUp()
  const world = { environment, channels: CHANNELS, presets: [] }
  const written = await Promise.all(
    [1, 2, 3].map((n) => createConfigFile({ logging: { maxMb: n } }, world)),
  )
  expect(written.filter((isWritten) => isWritten)).toHaveLength(1)
  expect(readdirSync(join(file, ".."))).toEqual(["clawdis.json"])
  rmSync(file)
  const broken = createConfigFile({ logging: { maxMb: 0 } }, world)
  await expect(broken).rejects.toThrow(`${file}:`)
  expect(readdirSync(join(file, ".."))).toEqual([])
})

test("[CL25] the end of the input and Ctrl-C leave nothing behind", async () => {
  const { file, run } = setUp()
  const ended = await run([], { typed: ["builtin"], ends: true })
  expect(ended).toMatchObject({ code: 130, out: "" })
  const interrupted = await run([], {
    typed: ["builtin"],
    watch: (text, interrupt) => {
      if (text.includes("WhatsApp now?")) interrupt()
    },
  })
  expect(interrupted).toMatchObject({ code: 130, out: "" })
  expect(interrupted.err).toContain("Nothing was written")
  const waiting = await run(["--agent", SILENT], {
    typed: [],
    watch: (text, interrupt) => {
      if (text.includes("for one word")) setImmediate(interrupt)
    },
  })
  expect(waiting.code).toBe(130)
  const alone = await run(["--yes", "--agent", SILENT], {
    watch: (text, interrupt) => {
      if (text.includes("for one word")) setImmediate(interrupt)
    },
  })
  expect(alone.code).toBe(130)
  expect(existsSync(file)).toBe(false)
})
