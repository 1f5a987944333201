import { Writable } from "node:stream"
import { expect, test } from "vitest"
import { ConfigError } from "../config/config-error.ts"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import { FatalError } from "../host/errors.ts"
import { toGatewayCommand } from "./gateway-command.ts"
import type { GatewayInvocation } from "./invocation.ts"
import { findPlatformProblem } from "./platform.ts"
import { runProgram } from "./program.ts"

async function run(argv: readonly string[], failure?: Error) {
  let err = ""
  const invocations: GatewayInvocation[] = []
  const command = toGatewayCommand(async () => ({
    async runGateway(invocation) {
      invocations.push(invocation)
      if (failure !== undefined) throw failure
      return 0
    },
  }))
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() })
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      err += String(chunk)
      done()
    },
  })
  const environment = { CLAWDIS_GATEWAY_TOKEN: "" }
  const code = await runProgram([command], {
    argv,
    environment,
    stdout,
    stderr,
    timings: DEFAULT_TIMINGS,
    onInterrupt: () => undefined,
  })
  return { code, err, invocation: invocations[0] }
}

test("the gateway gets its flags as values", async () => {
  const line = "gateway --port 0 --webchat-port 80 --token-file t --force --verbose"
  const { code, invocation } = await run(line.split(" "))
  expect(code).toBe(0)
  expect(invocation).toMatchObject({
    flags: { port: 0, webchatPort: 80, tokenFile: "t", force: true, verbose: true },
    environment: { CLAWDIS_GATEWAY_TOKEN: "" },
    timings: DEFAULT_TIMINGS,
  })
  expect((await run(["gateway"])).invocation?.flags).toEqual({ force: false, verbose: false })
})

test("[AU5] an empty token is a mistake, not no token", async () => {
  for (const token of ["", "  ", "\t"]) {
    const { code, err, invocation } = await run(["gateway", "--token", token])
    expect(code).toBe(2)
    expect(err).toContain("--token must not be empty")
    expect(invocation).toBeUndefined()
  }
})

test("[CF2] a configuration that cannot be used is one line and exit 78", async () => {
  const problem = { where: "/state/clawdis.json:12:5", key: "gateway.prot", text: "unknown key" }
  const { code, err } = await run(["gateway"], new ConfigError([problem]))
  expect(code).toBe(78)
  expect(err).toBe("/state/clawdis.json:12:5 gateway.prot: unknown key\n")
})

test("[CL12] what is fatal at run time is one line and exit 1", async () => {
  const failure = new FatalError("lsof not found; required for --force")
  expect(await run(["gateway", "--force"], failure)).toMatchObject({
    code: 1,
    err: "lsof not found; required for --force\n",
  })
})

test("a programmer's error shows its stack, exit 1", async () => {
  const { code, err } = await run(["gateway"], new TypeError("odd"))
  expect(code).toBe(1)
  expect(err).toContain("internal error: TypeError: odd\n")
  expect(err).toContain("gateway-command.test.ts")
})

test.each([
  ["20.20.2", "linux", "Clawdis needs Node 24.9 or later, and this is 20.20.2."],
  ["24.8.0", "linux", "Clawdis needs Node 24.9 or later, and this is 24.8.0."],
  ["24.9.0", "linux", undefined],
  ["26.10.0", "darwin", undefined],
  ["26.10.0", "win32", "Clawdis does not run on Windows itself; use WSL."],
])("[CL16] Node %s on %s", (version, platform, expected) => {
  expect(findPlatformProblem(version, platform)).toBe(expected)
})
