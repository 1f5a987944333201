import * as v from "valibot"
import { expect, test } from "vitest"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createTestJournal, describeChannel, failure } from "../contract.ts"
import { createMemoryDefinition } from "./index.ts"
import { createMemoryChannel } from "./memory-channel.ts"

describeChannel({
  definition: createMemoryDefinition(),
  clock: () => createManualClock(),
  async createFixture(parts) {
    const channel = createMemoryChannel(parts)
    let said = 0
    const say = (text: string) => void channel.say(text, { messageId: String(said) })
    let last = ""
    return {
      channel,
      chat: "1",
      received: () => channel.sent.map(({ text }) => text),
      say(text) {
        said += 1
        last = text
        say(text)
      },
      repeat: () => say(last),
      failNext: channel.failNext,
      hold: channel.hold,
      typing: () => channel.typing.length,
    }
  },
})

function prepare() {
  const journal = createTestJournal()
  const channel = createMemoryChannel({
    clock: createManualClock(),
    journal: journal.write,
    changed: () => undefined,
  })
  return { channel, journaled: journal.messages }
}

test("what is said in a group has the group's chat and session", async () => {
  const { channel, journaled } = prepare()
  await channel.start()
  await channel.say("hi", { group: { id: "9", title: "Nine", mentioned: true } })
  expect(journaled[0]).toMatchObject({
    chat: "9",
    sessionKey: "memory:group:9",
    sender: { id: "1" },
  })
})

test("a disconnected service refuses sends until it is back", async () => {
  const { channel } = prepare()
  await channel.start()
  channel.disconnect("cable cut")
  expect(channel.health()).toMatchObject({ state: "waiting", lastError: "cable cut" })
  const message = { chat: "1", text: "hi", token: "t" }
  const { signal } = new AbortController()
  expect((await failure(channel.send(message, { signal }))).reason).toBe("not_connected")
  channel.connect()
  expect(await channel.send(message, { signal })).toEqual({ messageId: "out-1" })
})

test("the row makes its channel under the id it was given, with everybody allowed", async () => {
  const definition = createMemoryDefinition({ id: "telegram" })
  expect(definition.readTarget("telegram:7", false)?.chat).toBe("7")
  expect(definition.readTarget("7", false)).toBeUndefined()
  expect(definition.readTarget("7", true)?.sessionKey).toBe("telegram:7")
  expect(v.parse(definition.Settings, {})).toEqual({ allowFrom: ["*"], groups: {} })
})
