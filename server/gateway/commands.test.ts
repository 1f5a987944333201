import fc from "fast-check"
import { expect, test } from "vitest"
import { COMMANDS, readCommand } from "./commands.ts"

test("[M14] a command is the whole message, however it is written", () => {
  expect(readCommand("/stop")).toEqual({ name: "stop" })
  expect(readCommand(" \n/STOP\t")).toEqual({ name: "stop" })
  expect(readCommand("/stop@Our_Bot")).toEqual({ name: "stop", botName: "our_bot" })
  expect(readCommand("/think")).toEqual({ name: "think" })
  expect(readCommand("/think  High ")).toEqual({ name: "think", argument: "High" })
  expect(readCommand("/start")).toEqual({ name: "help" })
})

test.for([
  "stop",
  "please /stop",
  "/stop now",
  "/stop\nand go on",
  "/think high please",
  "/stops",
  "//stop",
  "/ stop",
  "/constructor",
  "/toString",
  "/__proto__",
  "/",
  "",
])("[M14] %j is a text like any other", (text) => {
  expect(readCommand(text)).toBeUndefined()
})

test("[M14] any text is a command of the table or none", () => {
  const names = COMMANDS.map(({ name }) => name)
  const word = fc.constantFrom("/", "stop", "think", "@", "bot", " ", "\n", "high", "/new", "x")
  const text = fc.oneof(
    fc.string(),
    fc.array(word).map((words) => words.join("")),
  )
  fc.assert(
    fc.property(text, (written) => {
      const command = readCommand(written)
      if (command !== undefined) expect(names).toContain(command.name)
    }),
  )
})
