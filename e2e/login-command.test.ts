// `clawdis login` and `clawdis logout` as processes, against a real gateway and a WhatsApp of our own.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { expect, onTestFinished, test } from "vitest"
import { startWhatsappLab } from "./lab/whatsapp/lab.ts"
import { createGatewayProcess, type GatewayProcess } from "./support/gateway-process.ts"

const MAIN = join(import.meta.dirname, "..", "server", "main.ts")
const NUMBER = "+15550100"

async function start(divideBy: number) {
  const lab = await startWhatsappLab({ owner: { number: NUMBER.slice(1), name: "Olive" } })
  const gateway = await createGatewayProcess({
    environment: lab.environment,
    preloads: [lab.preload],
    divideBy,
  })
  onTestFinished(async () => {
    await gateway.remove()
    await lab.stop()
  })
  await gateway.start()
  return { gateway, lab }
}

interface Step {
  readonly state: string
  readonly qr?: string
  readonly code?: string
}

/** One command; `onStep` is told of each line of JSON on stderr. */
async function run(
  gateway: GatewayProcess,
  line: readonly string[],
  onStep: (step: Step, command: ChildProcess) => void = () => undefined,
) {
  const command = spawn(process.execPath, [MAIN, ...line, "--port", String(gateway.port)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CLAWDIS_STATE_DIR: gateway.stateDir },
  })
  onTestFinished(() => void command.kill("SIGKILL"))
  const steps: Step[] = []
  let out = ""
  let err = ""
  command.stdout.on("data", (chunk) => {
    out += chunk
  })
  createInterface({ input: command.stderr }).on("line", (text) => {
    if (text.startsWith("{")) {
      const step = JSON.parse(text) as Step
      steps.push(step)
      onStep(step, command)
    } else err += `${text}\n`
  })
  const [code] = await once(command, "close")
  return { code, out, err, steps, states: steps.map(({ state }) => state) }
}

test("[M10] login links the account whose phone scans the code, and logout unlinks it", async () => {
  const { gateway, lab } = await start(4)
  const login = await run(gateway, ["login", "--json"], ({ qr }) => {
    if (qr !== undefined) void lab.owner.scan(qr)
  })
  expect(login).toMatchObject({ code: 0, states: ["preparing", "code", "linking", "linked"] })
  expect(JSON.parse(login.out)).toMatchObject({ ok: true, self: NUMBER })
  await lab.untilActive()
  expect(await run(gateway, ["login"])).toMatchObject({ code: 1, out: "" })
  expect((await run(gateway, ["health"])).out).toContain(`linked as ${NUMBER}`)
  expect(await run(gateway, ["logout", "--yes"])).toMatchObject({ code: 0, err: "" })
  expect((await run(gateway, ["health"])).out).toContain("whatsapp  not linked")
  const send = ["gw:send", "--to", "+15550111", "--message", "hi"]
  expect(await run(gateway, send)).toMatchObject({ code: 5 })
})

test("[M10] login links the account on whose phone the code is typed", async () => {
  const { gateway, lab } = await start(4)
  const line = ["login", "--json", "--code", "--phone", NUMBER]
  const { code, states } = await run(gateway, line, (step) => {
    if (step.code !== undefined) void lab.owner.enterCode(step.code)
  })
  expect({ code, states }).toEqual({
    code: 0,
    states: ["preparing", "code", "linking", "linked"],
  })
})

test("[WA22] a login whose codes nobody uses ends by itself, and the gateway prints none of them", async () => {
  const { gateway } = await start(40)
  const { code, out, steps } = await run(gateway, ["login", "--json"])
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    error: { code: "UNAVAILABLE", details: { state: "exhausted" } },
  })
  const codes = steps.flatMap(({ qr }) => (qr === undefined ? [] : [qr]))
  expect(new Set(codes).size).toBe(6)
  for (const qr of codes) expect(gateway.output).not.toContain(qr)
})

test("[M10] Ctrl-C cancels a login, and the next one begins at once", async () => {
  const { gateway } = await start(4)
  for (let n = 0; n < 2; n += 1) {
    const { code, err } = await run(gateway, ["login", "--json"], ({ state }, command) => {
      if (state === "code") command.kill("SIGINT")
    })
    expect({ code, err }).toEqual({ code: 130, err: "" })
  }
})
