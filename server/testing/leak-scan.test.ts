import { expect, test } from "vitest"
import { silentLogger } from "../host/logger.ts"
import { createWatchedLogger, findLeaks, type LoggedLine, toLoggedForms } from "./leak-scan.ts"
import { startGateway } from "./start-gateway.ts"

const TOKEN = "a token of this test alone"
const BODY = 'Meet me at the "old" bridge, and tell nobody of it.'
const KEY = Buffer.from("0123456789abcdefghijklmnopqrstuv")

test.for([
  ["the token", "info", `token ${TOKEN}`, 1],
  ["the token in a debug line", "debug", `token ${TOKEN}`, 1],
  ["the beginning of the token", "debug", TOKEN.slice(0, 16), 1],
  ["a short secret", "debug", "pin=4711x", 1],
  ["a key in base64", "debug", KEY.toString("base64"), 1],
  ["a key in hex", "debug", KEY.toString("hex"), 1],
  ["a message", "info", `said ${BODY}`, 1],
  ["a message in quotes", "warn", JSON.stringify({ text: BODY }), 1],
  ["the beginning of a message", "error", BODY.slice(0, 40), 1],
  ["a message in a line of no level", undefined, BODY, 1],
  ["a message in a debug line", "debug", BODY, 0],
  ["nothing of them", "info", "a client connected", 0],
] as const)("[AU28] %s in a line of level %s (%s) gives %i leaks", ([, level, text, count]) => {
  const confidential = { secrets: [TOKEN, "4711x", ...toLoggedForms(KEY)], bodies: [BODY, "hello"] }
  const line = level === undefined ? { text } : { level, text }
  const leaks = findLeaks([{ text: "hello" }, line], confidential)
  expect(leaks).toHaveLength(count)
  for (const leak of leaks) expect(leak).not.toContain(text)
})

test("[AU28] what an area and an error say is watched", () => {
  const lines: LoggedLine[] = []
  const log = createWatchedLogger(silentLogger, lines).area("deep").area("deeper")
  log.warn("failed", { error: new Error("outer", { cause: new Error(TOKEN) }) })
  expect(findLeaks(lines, { secrets: [TOKEN], bodies: [] })).toHaveLength(1)
})

test.for([
  ["its token", TOKEN],
  ["a message", BODY],
] as const)("[AU28] a test fails whose gateway logs %s", async ([, leak]) => {
  const gateway = await startGateway({
    token: TOKEN,
    // What no part of the program expects is logged with its words.
    script: () => {
      throw new Error(`cannot read ${leak}`)
    },
  })
  const client = await gateway.connect({ auth: { token: TOKEN } })
  const request = client.request("agent", { message: BODY, idempotencyKey: "1" })
  await expect(request).rejects.toThrow()
  await expect(gateway[Symbol.asyncDispose]()).rejects.toThrow("the log")
})
