// A gateway process whose event loop stands still for a while, between services that go on.

import { setTimeout as wait } from "node:timers/promises"
import { expect, onTestFinished, test, vi } from "vitest"
import { createTelegramLab } from "./lab/telegram/lab.ts"
import { startLinkedWhatsapp, textsOf } from "./support/linked-whatsapp.ts"

const HELD_UP_MS = 5_000
const IDLE_MS = 4_500
const HOLD_UP = `process.on("SIGUSR2", () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${HELD_UP_MS})
})`

test("[CR13] an idle line, and five seconds of a blocked loop, cost no channel its connection", async () => {
  const telegram = createTelegramLab()
  await telegram.start()
  onTestFinished(() => telegram.stop())
  const { ada, ask, gateway, puppeteer } = await startLinkedWhatsapp({
    channels: {
      telegram: { botToken: telegram.token, apiRoot: telegram.apiRoot, allowFrom: [42] },
    },
    preloads: [`data:text/javascript,${encodeURIComponent(HOLD_UP)}`],
    // Each line is given up after less than five seconds.
    divideBy: 15,
  })
  puppeteer.answerAll(() => "here I am")
  const eve = telegram.person({ id: 42, firstName: "Eve" })
  const greet = async () => {
    await ada.sendText("are you there?")
    eve.say("and here?")
    expect(await telegram.nextSent(42)).toMatchObject({ text: "here I am" })
  }
  await greet()
  await vi.waitFor(() => expect(textsOf(ada)).toHaveLength(1), { timeout: 20_000 })
  const before = (await ask("health", {})).channels
  // Long enough that a line on which nobody asks for a sign of life would be given up.
  await wait(IDLE_MS)
  const said = gateway.output.length
  process.kill(gateway.pid ?? 0, "SIGUSR2")
  await greet()
  await vi.waitFor(() => expect(textsOf(ada)).toHaveLength(2), { timeout: 20_000 })
  const after = (await ask("health", {})).channels
  const since = gateway.output.slice(said)
  expect(since).toContain("the event loop was blocked")
  for (const id of ["telegram", "whatsapp"]) {
    const { connectedAt, state } = before[id] ?? {}
    expect(state).toBe("open")
    expect(after[id]).toMatchObject({ state: "open", connectedAt })
    expect(after[id]?.lastError).toBeUndefined()
  }
  expect(since).not.toMatch(/timeout|lost|no answer|nothing came|reconnect/i)
})
