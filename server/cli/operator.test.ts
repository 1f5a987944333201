import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Writable } from "node:stream"
import { afterEach, beforeEach, expect, test } from "vitest"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"
import { COMMANDS } from "./index.ts"
import { runProgram } from "./program.ts"
import { toShellWord } from "./shell-word.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clawdis-cli-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function run(gateway: StartedGateway | undefined, ...line: readonly string[]) {
  const text = { out: "", err: "" }
  const into = (name: "out" | "err") =>
    new Writable({
      write(chunk, _encoding, done) {
        text[name] += String(chunk)
        done()
      },
    })
  const code = await runProgram(COMMANDS, {
    argv: [...line, ...(gateway === undefined ? [] : ["--port", String(gateway.port)])],
    stdout: into("out"),
    stderr: into("err"),
    timings: DEFAULT_TIMINGS,
    environment: { CLAWDIS_STATE_DIR: folder },
    onInterrupt: () => undefined,
  })
  return { code, ...text }
}

test("[M15] allow shows who was turned away with the command that lets them in, and that lets them in", async () => {
  await using gateway = await startGateway({ channel: { allowFrom: ["7"] } })
  const client = await gateway.connect({ caps: ["runs"] })
  await gateway.channel.say("hello?", { sender: { id: "-42", name: "Eve\u001B[2J" } })
  await until(async () => (await run(gateway, "allow")).out.includes("Turned away"))

  const { out } = await run(gateway, "allow")
  expect(out).toContain("Allowed by the configuration\n  memory 7\n")
  expect(out).toMatch(/memory -42 \(Eve\\u001b\[2J\): 1 message, the last \d+ s ago\n/)
  expect(out).toContain("    clawdis allow memory -42\n")
  expect((await run(gateway, "status")).out).toContain("clawdis allow memory -42\n")

  expect(await run(gateway, "allow", "memory", "-42")).toEqual({
    code: 0,
    out: "memory -42 may write from now on.\n",
    err: "",
  })
  await gateway.channel.say("hello again", { sender: { id: "-42", name: "Eve" } })
  await client.event("chat", ({ message }) => message.role === "assistant")
  expect((await run(gateway, "allow", "memory", "-42")).out).toBe(
    "memory -42 was allowed already.\n",
  )
  expect((await run(gateway, "allow", "memory", "7")).out).toContain(
    "configuration allows memory 7",
  )

  const list = JSON.parse((await run(gateway, "allow", "list", "--json")).out)
  expect(list).toMatchObject({ allowed: [{ channel: "memory", id: "-42" }], dropped: [] })
  const removed = await run(gateway, "allow", "memory", "-42", "--remove", "--json")
  expect(JSON.parse(removed.out)).toEqual({ channel: "memory", id: "-42" })
  expect((await run(gateway, "allow")).out).not.toContain("-42")
})

test("[M15] whom allow cannot let in is said, exit 2", async () => {
  await using gateway = await startGateway()
  for (const words of [
    ["memory", "*"],
    ["pigeon", "7"],
    ["memory", "8", "--remove"],
  ]) {
    const { code, out, err } = await run(gateway, "allow", ...words)
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).not.toBe("")
  }
})

test("[CL4] words that allow and outbox do not know: exit 2, without a gateway", async () => {
  for (const [line, problem] of [
    [["allow", "telegram"], "the id is missing"],
    [["allow", "telegram", "1", "2"], "too many arguments"],
    [["allow", "--remove"], "the id is missing"],
    [["outbox", "send"], "list, retry or drop"],
    [["outbox", "retry"], "the id is missing"],
    [["outbox", "drop", "x", "--force"], "--force is for retry"],
    [["outbox", "list", "x"], "takes no id"],
  ] as const) {
    const { code, out, err } = await run(undefined, ...line)
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toContain(problem)
  }
})

test("[M16] outbox shows what is in doubt with what to do about it, and does it", async () => {
  await using gateway = await startGateway()
  const { channel } = gateway
  expect((await run(gateway, "outbox")).out).toMatch(/^Nothing waits/)
  channel.failNext("unknown")
  const send = ["gw:send", "--to", "memory:1", "--idempotency-key", "k"]
  expect((await run(gateway, ...send, "--message", "a\u001Bb")).code).toBe(6)
  const { deliveries } = JSON.parse((await run(gateway, "outbox", "--json")).out)
  const { id } = deliveries[0]

  const { out } = await run(gateway, "outbox")
  expect(out).toContain(`${id}  may have arrived: memory memory:1, 0 s old, 1 try\n`)
  expect(out).toContain("    “a\\u001bb”\n")
  expect(out).toContain(`    clawdis outbox retry ${id} --force`)
  expect((await run(gateway, "status")).out).toContain(`clawdis outbox retry ${id} --force`)

  const unforced = await run(gateway, "outbox", "retry", id)
  expect(unforced).toMatchObject({ code: 2, out: "" })
  expect(unforced.err).toContain("arrived already")
  channel.failNext("unknown")
  expect((await run(gateway, "outbox", "retry", id, "--force")).out).toBe("It is sent again.\n")
  await until(async () => channel.sent.length === 2)
  await until(async () => (await run(gateway, "outbox")).out.includes("may have arrived"))
  expect((await run(gateway, "outbox", "drop", id)).out).toBe("It is taken out.\n")
  expect((await run(gateway, "outbox")).out).toMatch(/^Nothing waits/)
  expect((await run(gateway, "outbox", "drop", id)).code).toBe(2)
})

test("[M16, S1] what is sent again while the channel is down waits for it", async () => {
  await using gateway = await startGateway()
  const { channel } = gateway
  channel.failNext("refused")
  await run(gateway, "gw:send", "--to", "memory:1", "--message", "hi")
  const { deliveries } = JSON.parse((await run(gateway, "outbox", "--json")).out)
  channel.disconnect("cable cut")
  await run(gateway, "outbox", "retry", deliveries[0].id)
  await until(async () => (await run(gateway, "outbox")).out.includes("waits: memory"))
  channel.connect()
  await until(async () => channel.sent.length === 1)
  await until(async () => (await run(gateway, "outbox")).out.startsWith("Nothing"))
})

test("[WA1, D3] without a link everything runs, and send says how to link, exit 5", async () => {
  await using gateway = await startGateway({ needsLink: true })
  const health = await run(gateway, "gw:health")
  expect(health.code).toBe(0)
  expect(JSON.parse(health.out).channels.memory).toMatchObject({ linked: false })
  expect((await run(gateway, "health")).out).toContain(
    "  memory    not linked. Link it with: clawdis login\n",
  )
  const { code, err } = await run(gateway, "gw:send", "--to", "memory:1", "--message", "hi")
  expect(code).toBe(5)
  expect(err).toMatch(/^Memory is not linked\./)
})

test("[M10] login and logout from the command line, with a phone at the other end", async () => {
  await using gateway = await startGateway({ needsLink: true })
  const { channel } = gateway
  const login = run(gateway, "login", "--channel", "memory", "--code", "--phone", "+15550100000")
  await until(async () => channel.login !== undefined)
  expect(channel.login?.request).toEqual({ method: "code", phone: "+15550100000" })
  channel.login?.show({ code: "WXYZ1234", expiresAt: Date.now() + 20_000 })
  channel.login?.linking()
  channel.login?.linked("+15550100000")
  const { code, out } = await login
  expect(code).toBe(0)
  expect(out).toContain("WXYZ-1234")
  expect(out).toContain("Linked as +15550100000.")
  const again = await run(gateway, "login", "--channel", "memory")
  expect(again).toMatchObject({ code: 1, out: "" })
  expect(again.err).toContain("linked already as +15550100000")
  expect((await run(gateway, "logout", "--channel", "memory", "--yes")).out).toMatch(/^Unlinked/)
  expect(channel.health().linked).toBe(false)
})

test("a stranger's id is one word of the command that is shown", () => {
  expect(toShellWord("+15550100000")).toBe("+15550100000")
  expect(toShellWord("120363@g.us")).toBe("120363@g.us")
  expect(toShellWord("x; rm -rf ~")).toBe("'x; rm -rf ~'")
  expect(toShellWord("it's $HOME")).toBe("'it'\\''s $HOME'")
})

/** Waits until it is so; the test's own deadline ends a wait in vain. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await once(AbortSignal.timeout(10), "abort")
}
