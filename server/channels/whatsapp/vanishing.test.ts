import { generateWAMessage } from "@whiskeysockets/baileys"
import { expect, test } from "vitest"
import { toContent } from "./content.ts"
import { open } from "./stub-channel.ts"

const DAY_S = 86_400

test("[WA24] what is sent vanishes as the latest message of the chat does, after a restart as well", async () => {
  const book = new Map<string, string>()
  const kit = await open({ book })
  const answer = async (text: string) => {
    const sending = kit.send(text)
    await kit.clock.advance(1_000)
    await sending
    return kit.service.state.vanishesAfterS.at(-1)
  }
  const hear = async (text: string, contextInfo?: object) => {
    kit.service.say(text, {}, contextInfo)
    await kit.clock.advance(0)
  }
  expect(await answer("before")).toBe(0)
  await hear("hush", { expiration: 7 * DAY_S })
  expect(await answer("one")).toBe(7 * DAY_S)
  const elsewhere = kit.send("to somebody else", { chat: "15550122@s.whatsapp.net" })
  await kit.clock.advance(1_000)
  await elsewhere
  expect(kit.service.state.vanishesAfterS.at(-1)).toBe(0)

  const next = await open({ book, clock: kit.clock })
  const sending = next.send("after the restart")
  await next.clock.advance(1_000)
  await sending
  expect(next.service.state.vanishesAfterS).toEqual([7 * DAY_S])

  // Nobody can choose a second, or a thousand years.
  for (const expiration of [1, 1e12]) {
    await hear("odd", { expiration })
    expect(await answer(`odd ${expiration}`)).toBe(0)
  }
  await hear("hush again", { expiration: DAY_S })
  await hear("stays")
  expect(await answer("two")).toBe(0)
})

test("[WA24] a notebook that fails holds up no message", async () => {
  const fails = () => {
    throw new Error("disk on fire")
  }
  const book = Object.assign(new Map<string, string>(), { get: fails, set: fails })
  const kit = await open({ book })
  kit.service.say("hush", {}, { expiration: DAY_S })
  await kit.clock.advance(0)
  expect(kit.journaled).toHaveLength(1)
  const sending = kit.send("hello")
  await kit.clock.advance(1_000)
  await sending
  expect(kit.service.sent).toHaveLength(1)
})

test("[WA24] the library says so where other clients look for it", async () => {
  const content = toContent({ chat: "1@s.whatsapp.net", text: "hi", token: "t" })
  const { message } = await generateWAMessage("1@s.whatsapp.net", content, {
    userJid: "2@s.whatsapp.net",
    ephemeralExpiration: DAY_S,
    upload: () => Promise.reject(new Error("nothing to upload")),
  })
  expect(message?.extendedTextMessage?.contextInfo?.expiration).toBe(DAY_S)
})
