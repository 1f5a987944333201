// Pictures that belong to more than one message, on a real gateway with a channel in memory.

import { expect, test } from "vitest"
import type { InboundMessage } from "../channels/channel.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import type { StartOptions } from "../testing/start-gateway.ts"
import { inGroup, startInbound } from "../testing/start-inbound.ts"

const TIMINGS = { albumQuietMs: 2_000, albumMaxMs: 15_000 }

async function start(options: StartOptions = {}) {
  const clock = createManualClock()
  const prompts: string[] = []
  const { gateway, ...started } = await startInbound({
    clock,
    timings: TIMINGS,
    channel: { allowFrom: ["*"], groups: { "-5": { anyone: true, mention: true, patterns: [] } } },
    script: (turn) => {
      prompts.push(turn.prompt)
      return [{ say: `answer ${prompts.length}` }]
    },
    ...options,
  })
  let pictures = 0
  const show = (text: string, words: Partial<InboundMessage> = {}) => {
    pictures += 1
    const reference = `picture-${pictures}`
    gateway.channel.files.set(reference, new Uint8Array([0xff, 0xd8, 0xff, pictures]))
    const media = [{ kind: "image" as const, reference, mimeType: "image/jpeg" }]
    return gateway.channel.say(text, { album: "a", media, ...words })
  }
  return { ...started, clock, gateway, prompts, say: gateway.channel.say, show }
}

const picturesIn = (prompt = "") => [...prompt.matchAll(/^\[media: image .*\.jpg\]$/gm)].length

test("[A7] an album is one turn, which begins when nothing more of it comes", async () => {
  const { clock, prompts, sent, show, until } = await start()
  await show("which is best?")
  await clock.advance(1_900)
  await show("")
  await clock.advance(1_900)
  await show("")
  expect(prompts).toEqual([])
  await clock.advance(2_000)
  expect(await sent(1)).toEqual(["1: answer 1"])
  expect(picturesIn(prompts[0])).toBe(3)
  // What comes later still is a turn of its own.
  await show("")
  await clock.advance(2_000)
  await until(() => prompts.length === 2)
  expect(picturesIn(prompts[1])).toBe(1)
})

test("[A7] an album that does not end is taken as it is, and nothing else waits for one", async () => {
  const { clock, prompts, say, sent, show } = await start()
  await show("look")
  await say("elsewhere", { sender: { id: "2" } })
  expect(await sent(1)).toEqual(["2: answer 1"])
  for (let seconds = 1; seconds < 15; seconds += 1) {
    await clock.advance(1_000)
    await show("")
  }
  expect(prompts).toHaveLength(1)
  await clock.advance(1_000)
  expect((await sent(2))[1]).toBe("1: answer 2")
  expect(picturesIn(prompts[1])).toBe(15)
})

test("[A7] in a group all of an album is told where one of its pictures speaks to the bot", async () => {
  const { clock, prompts, say, sent, show } = await start()
  const aside = inGroup({ mentioned: false })
  await show("", aside)
  await show("@bot which?", inGroup())
  await show("", aside)
  await show("", { ...aside, sender: { id: "9" } })
  await show("", { ...aside, album: "b" })
  await say("hm", aside)
  await clock.advance(2_000)
  await sent(1)
  expect(picturesIn(prompts[0])).toBe(3)
  expect(prompts).toHaveLength(1)
})

test("[A8] a question about a picture of somebody else in a group brings the picture along, and a command about it none", async () => {
  const { gateway, prompts, say, sent } = await start()
  gateway.channel.files.set("theirs", new Uint8Array([0xff, 0xd8, 0xff]))
  const media = [{ kind: "image" as const, reference: "theirs", mimeType: "image/jpeg" }]
  const words = { ...inGroup(), quoted: { sender: "Bob", text: "look", media } }
  await say("what is this?", words)
  await sent(1)
  expect(picturesIn(prompts[0])).toBe(1)
  expect(prompts[0]).toContain("> look\nwhat is this?\n[media: image ")
  await say("/status", words)
  expect((await sent(2))[1]).toContain("Nothing is running here")
})

test("[A7] while an album is awaited the session can be stopped, and the gateway as well", async () => {
  const { clock, gateway, prompts, quiet, say, sent, show } = await start()
  await show("look")
  await say("/stop")
  expect(await sent(1)).toEqual([expect.stringMatching(/^1: /)])
  // Nothing is awaited any more: what comes next is answered at once.
  await say("hello")
  expect((await sent(2))[1]).toBe("1: answer 1")
  await clock.advance(5_000)
  await quiet()
  expect(prompts).toHaveLength(1)
  await show("look again")
  await gateway.end()
  expect(prompts).toHaveLength(1)
})
