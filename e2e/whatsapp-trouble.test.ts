// WhatsApp that is not there: what the gateway says, keeps and does meanwhile.

import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { connectClient } from "../server/testing/test-client.ts"
import { createTelegramLab } from "./lab/telegram/lab.ts"
import { startLinkedWhatsapp, textsOf } from "./support/linked-whatsapp.ts"
import { ADA, createWhatsappRig } from "./support/whatsapp-rig.ts"

test("[WA1, S1] without a link the gateway serves, says so, and refuses to send", async () => {
  const { gateway, lab, puppeteer } = await createWhatsappRig()
  puppeteer.answerAll(() => "here")
  await gateway.start()
  const client = await connectClient(gateway.url)
  expect(await client.request("health", {})).toMatchObject({
    ok: true,
    web: { linked: false, authAgeMs: null, state: "off" },
  })
  await expect(
    client.request("send", { to: ADA, message: "hello", idempotencyKey: "1" }),
  ).rejects.toMatchObject({
    code: "NOT_LINKED",
    message: "WhatsApp is not linked. Link it with: clawdis login.",
    retryable: false,
  })
  const asked = client.request("agent", { message: "hello", idempotencyKey: "2" })
  expect(await asked).toMatchObject({ status: "ok", text: "here" })
  await client.close()
  expect(lab.state.knocks).toBe(0)
})

test("[WA2, SD8] while the connection is down a send is refused soon and an answer waits for it", async () => {
  const rig = await startLinkedWhatsapp()
  const { ada, ask, lab, puppeteer, send, until } = rig
  await ada.sendText("word-1")
  const turn = await puppeteer.nextTurn()
  lab.faults.admit("refuse")
  lab.faults.terminate()
  await until("health", ({ web }) => web.state === "waiting")
  expect(await send("news")).toMatchObject({
    code: "UNAVAILABLE",
    retryable: true,
    retryAfterMs: expect.any(Number),
  })
  turn.answer("one")
  await until("health", ({ outbox }) => outbox.pending === 1)
  await rig.gateway.stop()
  await rig.gateway.start()
  expect((await ask("outbox.list", {})).deliveries).toMatchObject([{ channel: "whatsapp" }])
  lab.faults.heal()
  await ada.waitForText("one")
  // The key was not used up, and nothing had been kept for it.
  expect(await send("news")).toMatchObject({ status: "sent" })
  await ada.waitForText("news")
  expect(textsOf(ada)).toEqual(["one", "news"])
})

test("[WA22] a login that nobody uses ends after its codes, which stand nowhere, and makes room for another", async () => {
  const { gateway, lab } = await createWhatsappRig({ divideBy: 40 })
  await gateway.start()
  const client = await connectClient(gateway.url)
  const logIn = async (params: { method: "qr" | "code"; phone?: string }) => {
    const { loginId } = await client.request("login.start", { channel: "whatsapp", ...params })
    const isEnd = (state: string) => state === "exhausted" || state === "expired"
    await client.event("login", ({ state, ...event }) => event.loginId === loginId && isEnd(state))
    return client.events.flatMap(({ event, payload }) =>
      event === "login" && payload.loginId === loginId ? [payload] : [],
    )
  }
  const byQr = await logIn({ method: "qr" })
  expect(byQr.map(({ state }) => state)).toEqual([
    "preparing",
    ...Array.from({ length: 6 }, () => "code"),
    "exhausted",
  ])
  const byCode = await logIn({ method: "code", phone: "+15550100" })
  expect(byCode.map(({ state }) => state)).toEqual(["preparing", "code", "expired"])
  await client.close()
  const codes = [...byQr, ...byCode].flatMap(({ code, qr }) => code ?? qr ?? [])
  expect(new Set(codes).size).toBe(7)
  const files = await readdir(gateway.stateDir, { recursive: true, withFileTypes: true })
  const written = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(file.parentPath, file.name), "latin1")),
  )
  for (const code of codes) expect(`${gateway.output} ${written.join(" ")}`).not.toContain(code)
  expect(lab.state.link).toBeUndefined()
})

test("two bots that answer each other stop at the limit of a sender, and others are answered", async () => {
  const { ada, ask, lab, owner, puppeteer, until } = await startLinkedWhatsapp({
    settings: { limits: { runsPerSender: { count: 3, minutes: 60 } } },
  })
  puppeteer.answerAll((prompt) => `heard ${prompt.match(/word-[0-9]+/g)?.join(" ")}`)
  for (let round = 1; round <= 3; round += 1) {
    await ada.sendText(`word-${round}`)
    await ada.waitForText(`heard word-${round}`)
  }
  await ada.sendText("word-4")
  await ada.sendText("word-5")
  await until("status", ({ inbox, notices }) => inbox.pending === 0 && notices.length > 0)
  expect((await ask("status", {})).notices.map(({ text }) => text)).toEqual([
    `Ada (${ADA}) on WhatsApp started 3 runs within 60 minutes and is not answered for a while.`,
  ])
  await ada.sendText("/help")
  await ada.waitFor(({ text }) => text?.startsWith("/new") === true)
  await owner.noteToSelf("word-6")
  await owner.waitFor(({ text }) => text === "heard word-6")
  await lab.untilSettled()
  expect(puppeteer.prompts).toHaveLength(4)
})

test("[WA3] an operator is told on Telegram that WhatsApp was logged out, and still reached there", async () => {
  const telegram = createTelegramLab()
  await telegram.start()
  onTestFinished(() => telegram.stop())
  const { owner, puppeteer, until } = await startLinkedWhatsapp({
    channels: {
      telegram: { botToken: telegram.token, apiRoot: telegram.apiRoot, allowFrom: [42] },
    },
    settings: { alerts: { to: "telegram:42" } },
  })
  const bo = telegram.person({ id: 42, firstName: "Bo" })
  puppeteer.answerAll(() => "still here")
  owner.unlink()
  expect((await telegram.nextSent(42)).text).toMatch(
    /^WhatsApp: The account was logged out\. \(.+\)$/,
  )
  await until("health", ({ web }) => web.state === "logged_out" && !web.linked)
  bo.say("and you?")
  expect((await telegram.nextSent(42)).text).toBe("still here")
  expect(telegram.sent(42)).toHaveLength(2)
})
