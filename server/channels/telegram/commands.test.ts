import { expect, test } from "vitest"
import { open, prepare } from "./stub-channel.ts"

const commands = [
  { name: "new", description: "Start over" },
  { name: "stop", description: "Stop the answer" },
]
const listed = commands.map(({ name, description }) => ({ command: name, description }))

test("the commands are offered once, and only where the list differs", async () => {
  const { stub, clock } = await open({ commands })
  expect(stub.commands).toEqual(listed)
  stub.fault("getUpdates", { code: 502 })
  stub.say("ends the open question")
  await clock.advance(60_000)
  expect(stub.callsOf("getMe").length).toBeGreaterThan(1)
  expect(stub.callsOf("setMyCommands")).toHaveLength(1)
  expect(stub.callsOf("getMyCommands")).toHaveLength(1)
})

test("a list that is there already is not set again, and without commands none is asked for", async () => {
  const { stub, clock, channel } = prepare({ commands })
  stub.fault("getMyCommands", { result: listed })
  await channel.start()
  await clock.advance(0)
  expect(stub.callsOf("getMyCommands")).toHaveLength(1)
  expect(stub.callsOf("setMyCommands")).toEqual([])
  expect((await open()).stub.callsOf("getMyCommands")).toEqual([])
})

test("a refusal is no fault of the channel, and the next connection tries again", async () => {
  const { stub, clock, channel } = prepare({ commands })
  stub.fault("setMyCommands", { code: 400, description: "Bad Request: BOT_COMMAND_INVALID" })
  await channel.start()
  await clock.advance(0)
  expect(channel.health()).toMatchObject({ state: "open", skipped: 0 })
  expect(stub.commands).toEqual([])
  stub.fault("getUpdates", { code: 502 })
  stub.say("ends the open question")
  await clock.advance(60_000)
  expect(stub.commands).toEqual(listed)
})
