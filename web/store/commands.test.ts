import { expect, test } from "vitest"
import { GatewayError } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { commandIn, createCommands, matchCommands } from "./commands.ts"

const command = (name: string) => ({ name, description: name })

test("[M14] commands are asked for once for each connection, and only where there are any", async () => {
  const gateway = createFakeRequests()
  let isOffered = false
  const commands = createCommands({ gateway: gateway.requests, offers: () => isOffered })
  await commands.load()
  expect(gateway.waiting).toEqual([])
  isOffered = true
  const loads = [commands.load(), commands.load()]
  await gateway.answer("commands.list", { commands: [command("stop")] })
  await Promise.all(loads)
  await commands.load()
  expect(gateway.waiting).toEqual([])
  expect(commands.all.value).toEqual([command("stop")])
  commands.disconnected()
  void commands.load()
  expect(gateway.waiting).toEqual(["commands.list"])
  expect(commands.all.value).toEqual([command("stop")])
})

test("commands that could not be had are asked for again", async () => {
  const gateway = createFakeRequests()
  const commands = createCommands({ gateway: gateway.requests, offers: () => true })
  const first = commands.load()
  await gateway.refuse("commands.list", new GatewayError("UNAVAILABLE", "No."))
  await first
  void commands.load()
  expect(gateway.waiting).toEqual(["commands.list"])
})

test("a command is typed at the beginning of the message, and ends with its name", () => {
  expect(commandIn("/")).toBe("")
  expect(commandIn("/St")).toBe("st")
  for (const draft of ["", "a /st", " /st", "/st x", "/a/b", "//", "/\n"]) {
    expect(commandIn(draft)).toBeUndefined()
  }
})

test("what begins with the typed letters stands first", () => {
  const all = ["status", "help", "restart", "stop"].map(command)
  expect(matchCommands(all, "st").map(({ name }) => name)).toEqual(["status", "stop", "restart"])
  expect(matchCommands(all, "")).toEqual(all)
  expect(matchCommands(all, "zz")).toEqual([])
})
