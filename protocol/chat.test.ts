import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { ChatAbortParams, ChatHistoryParams, isClientSession, SessionKey } from "./chat.ts"

test.for([
  "main",
  "web:1",
  "telegram:12345",
  "telegram:-100123",
  "telegram:group:-100123:7",
  "whatsapp:+15550100",
  "whatsapp:group:123@g.us",
  "link:anna.b_c-d",
  `web:${"a".repeat(196)}`,
])("[M6] %s is a session key", (key) => {
  expect(v.is(SessionKey, key)).toBe(true)
})

test.for([
  "",
  "Main",
  "mainly",
  "web:",
  ":1",
  "web",
  "web:a b",
  "web:a/b",
  "web:a\n",
  "web:ä",
  "1web:a",
  "web:../x",
  `web:${"a".repeat(197)}`,
])("[M6] %j is no session key", (key) => {
  expect(v.is(SessionKey, key)).toBe(false)
})

test("[M6] a session key holds nothing but letters, digits and :+@._-", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (id) => {
      expect(v.is(SessionKey, `web:${id}`)).toBe(
        /^[A-Za-z0-9:+@._-]*$/.test(id) && !id.includes("\n"),
      )
    }),
  )
})

test("[M6, M7] main and web sessions come into being by being used, others do not", () => {
  expect(["main", "web:1"].every(isClientSession)).toBe(true)
  expect(["telegram:1", "link:a", "webby:1", "main2"].some(isClientSession)).toBe(false)
})

test("[M7] a page of history has 1 to 200 messages", () => {
  const page = (limit?: unknown) => v.is(ChatHistoryParams, { sessionKey: "main", limit })
  expect([undefined, 1, 50, 200].every(page)).toBe(true)
  expect([0, -1, 1.5, 201, "50", null].some(page)).toBe(false)
})

test("[M8] chat.abort names a session and perhaps a run", () => {
  expect(v.is(ChatAbortParams, { sessionKey: "main" })).toBe(true)
  expect(v.is(ChatAbortParams, { sessionKey: "main", runId: "r1" })).toBe(true)
  expect(v.is(ChatAbortParams, { runId: "r1" })).toBe(false)
  expect(v.is(ChatAbortParams, { sessionKey: "main", run: "r1" })).toBe(false)
})
