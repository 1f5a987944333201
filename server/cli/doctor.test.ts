import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { runCommands } from "../testing/run-commands.ts"
import { DOCTOR } from "./doctor-command.ts"
import { toGatewayCommand } from "./gateway-command.ts"

const COMMANDS = [DOCTOR, toGatewayCommand(() => import("./gateway.ts"))]

function setUp(configuration?: string) {
  const stateDir = mkdtempSync(join(tmpdir(), "clawdis-doctor-"))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const file = join(stateDir, "clawdis.json")
  if (configuration !== undefined) writeFileSync(file, configuration)
  const run = (line: string, environment: Readonly<Record<string, string>> = {}) =>
    runCommands(COMMANDS, line, { CLAWDIS_STATE_DIR: stateDir, ...environment })
  return { file, stateDir, run }
}

test("doctor says of each setting what it is and which source won", async () => {
  const { file, run, stateDir } = setUp("{ gateway: { port: 21000, bind: '127.0.0.1' } }")
  const environment = { CLAWDIS_GATEWAY_PORT: "22000" }
  const { code, err, out } = await run("doctor", environment)
  expect({ code, err }).toEqual({ code: 0, err: "" })
  expect(out).toContain(`configuration  ${file}\nstate          ${stateDir}\n`)
  expect(out).toMatch(/^gateway +not running$/m)
  expect(out).toMatch(/^gateway\.port +22000 +environment CLAWDIS_GATEWAY_PORT$/m)
  expect(out).toMatch(/^gateway\.bind +"127\.0\.0\.1" +file$/m)
  expect(out).toMatch(/^gateway\.token +not set +default$/m)
  expect(out).toMatch(/^channels\.whatsapp\.enabled +true +default$/m)
  expect(out).toMatch(/^logging\.level +"info" +default$/m)
  const found = JSON.parse((await run("doctor --json", environment)).out)
  expect(found.settings).toContainEqual({
    key: "gateway.port",
    value: 22_000,
    source: "environment CLAWDIS_GATEWAY_PORT",
  })
})

test("doctor shows no secret, and no part of one", async () => {
  const secret = "a token of 24 letters or so"
  const bot = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
  const { run } = setUp(
    JSON.stringify({ gateway: { token: secret }, channels: { telegram: { botToken: bot } } }),
  )
  for (const line of ["doctor", "doctor --json"]) {
    const { code, out } = await run(line)
    expect(code).toBe(0)
    expect(out).not.toContain(secret)
    expect(out).not.toContain(bot)
    expect(out).toContain('"(secret)"')
  }
})

test("without a file everything is as it comes, and that is said", async () => {
  const { run } = setUp()
  const { code, out } = await run("doctor")
  expect(code).toBe(0)
  expect(out).toContain("clawdis.json (not there: everything is as it comes)")
  expect(out).toContain("Nothing is wrong with the configuration.")
})

test("[CF3, CF2] doctor says of what is wrong what the gateway would say, with the same exit code", async () => {
  for (const wrong of ["{\n  gatewy: {} }", "{ gateway: ", "{ gateway: { port: -1 } }"]) {
    const { run } = setUp(wrong)
    const doctor = await run("doctor")
    expect(doctor.code).toBe(78)
    expect(doctor.err).toContain("clawdis.json:")
    expect(doctor).toEqual(await run("gateway"))
  }
})
