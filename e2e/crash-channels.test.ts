// Stops at moments that matter to a channel: while it is being linked, and while it is polled.

import { setTimeout as pass } from "node:timers/promises"
import { expect, test } from "vitest"
import { connectClient } from "../server/testing/test-client.ts"
import { createTelegramRig, ADA as TELEGRAM_ADA } from "./support/telegram-rig.ts"
import { ADA, createWhatsappRig } from "./support/whatsapp-rig.ts"

const WORD = /word[0-9]+/g

test("[SD10, TG11] stops while Telegram is polled: each message reaches the agent once, and its answer the person", async () => {
  const { ada, gateway, lab, puppeteer } = await createTelegramRig()
  puppeteer.answerAll((prompt) => `got ${(prompt.match(WORD) ?? []).join(" ")}`)
  const words: string[] = []
  const say = () => {
    words.push(`word${words.length}`)
    ada.say(words.at(-1) ?? "")
  }
  for (const afterMs of [0, 20, 80]) {
    await gateway.start()
    for (let count = 0; count < 3; count += 1) say()
    await pass(afterMs)
    expect(await gateway.stop()).toBe(0)
  }
  await gateway.start()
  say()
  const answered = () =>
    lab
      .sent(TELEGRAM_ADA)
      .flatMap(({ text }) => text?.match(WORD) ?? [])
      .toSorted()
  await expect.poll(answered, { timeout: 30_000 }).toEqual(words.toSorted())
  expect(await gateway.stop()).toBe(0)
  // Nothing is left that Telegram would offer again.
  await gateway.start()
  await expect.poll(() => lab.state().pendingUpdateIds, { timeout: 30_000 }).toEqual([])
  expect(answered()).toEqual(words.toSorted())
})

test("[SD9] a stop while a code is shown, or while the service restarts the connection: linked or not, never half", async () => {
  const { ada, gateway, lab } = await createWhatsappRig()
  const begin = async () => {
    const client = await connectClient(gateway.url)
    await client.request("login.start", { channel: "whatsapp", method: "qr" })
    const { payload } = await client.event("login", ({ qr }) => qr !== undefined)
    return { client, qr: payload.qr ?? "" }
  }
  const web = async () => {
    const client = await connectClient(gateway.url)
    const health = await client.request("health", {})
    await client.close()
    return health.web
  }
  await gateway.start()
  await begin()
  expect(await gateway.stop()).toBe(0)
  await gateway.start()
  expect(await web()).toMatchObject({ linked: false, state: "off" })

  const { client, qr } = await begin()
  const linking = client.event("login", ({ state }) => state === "linking")
  const scanned = lab.owner.scan(qr).catch(() => undefined)
  await linking
  expect(await gateway.stop()).toBe(0)
  await scanned
  await gateway.start()
  const { linked } = await web()
  if (!linked) {
    const again = await begin()
    await lab.owner.scan(again.qr)
    await again.client.event("login", ({ state }) => state === "linked")
  }
  await expect.poll(web, { timeout: 30_000 }).toMatchObject({ linked: true, state: "open" })
  // The keys fit: what is sent can be read.
  const sender = await connectClient(gateway.url)
  await sender.request("send", { to: ADA, message: "hello", idempotencyKey: "k" })
  await expect.poll(() => ada.received.map(({ text }) => text)).toEqual(["hello"])
})
