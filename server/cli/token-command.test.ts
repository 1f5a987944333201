import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { runCommands } from "../testing/run-commands.ts"
import { TOKEN_COMMAND } from "./token-command.ts"

function setUp(configuration?: string) {
  const stateDir = mkdtempSync(join(tmpdir(), "clawdis-token-"))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const file = join(stateDir, "clawdis.json")
  if (configuration !== undefined) writeFileSync(file, configuration)
  const run = (line: string, environment: Readonly<Record<string, string>> = {}) =>
    runCommands([TOKEN_COMMAND], line, { CLAWDIS_STATE_DIR: stateDir, ...environment })
  return { file, run }
}

test("token show prints the token alone, and where it is from on stderr", async () => {
  const { file, run } = setUp("{ gateway: { token: 'from the file' } }")
  expect(await run("token show")).toEqual({
    code: 0,
    out: "from the file\n",
    err: `from gateway.token in ${file}\n`,
  })
  const environment = { CLAWDIS_GATEWAY_TOKEN: "from outside" }
  expect(await run("token", environment)).toEqual({
    code: 0,
    out: "from outside\n",
    err: "from CLAWDIS_GATEWAY_TOKEN\n",
  })
  expect(JSON.parse((await run("token show --json", environment)).out)).toEqual({
    token: "from outside",
    source: "CLAWDIS_GATEWAY_TOKEN",
  })
})

test("[CL19] without a token, token show says so and how to make one, exit 1", async () => {
  const { run } = setUp("{ gateway: { token: '  ' } }")
  const { code, out, err } = await run("token show", { CLAWDIS_GATEWAY_TOKEN: " " })
  expect({ code, out }).toEqual({ code: 1, out: "" })
  expect(err).toMatch(/^No token is set.*every user of this machine.*clawdis token new\n$/)
  expect(JSON.parse((await run("token show --json")).out)).toMatchObject({
    ok: false,
    error: { code: "FAILED" },
  })
  expect(await setUp("{ gateway: ").run("token show")).toMatchObject({ code: 78, out: "" })
})

test("token new prints a fresh one each time, and how to set it without showing it again", async () => {
  const { file, run } = setUp()
  const [first, second] = [await run("token new"), await run("token new --json")]
  expect(first.out).toMatch(/^[0-9a-f]{48}\n$/)
  expect(first.err).toContain(file)
  expect(first.err).toContain("--token-file")
  expect(first.err).not.toContain(first.out.trim())
  const { token } = JSON.parse(second.out)
  expect(token).toMatch(/^[0-9a-f]{48}$/)
  expect(token).not.toBe(first.out.trim())
})

test("[CL4] an unknown action of token is wrong usage", async () => {
  const { code, err } = await setUp().run("token sho")
  expect(code).toBe(2)
  expect(err).toContain("show or new")
})
