// The list of sessions and what clients may change of it (rule M9), on a real gateway.

import { afterEach, expect, test } from "vitest"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"

const gateways: StartedGateway[] = []

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway[Symbol.asyncDispose]()
})

async function start(options: Parameters<typeof startGateway>[0] = {}) {
  const gateway = await startGateway(options)
  gateways.push(gateway)
  const client = await gateway.connect({ caps: ["runs"] })
  let asked = 0
  return {
    gateway,
    client,
    /** Resolves when the answer is there. */
    ask(sessionKey: string, message = "hello") {
      asked += 1
      return client.request("agent", { sessionKey, message, idempotencyKey: `k${asked}` })
    },
    async keys() {
      const { sessions } = await client.request("sessions.list", {})
      return sessions.map(({ key }) => key)
    },
    async messages(sessionKey: string) {
      return (await client.request("chat.history", { sessionKey })).messages
    },
  }
}

/** Works until `open` is called or it is stopped. */
function gated(first = "half ") {
  const gate = Promise.withResolvers<void>()
  const script = [{ say: first }, { wait: gate.promise }, { say: "done" }] as const
  return { script, open: () => gate.resolve() }
}

test("[M9] sessions are listed newest first, with what is to be known of each", async () => {
  const { ask, client } = await start()
  await ask("web:a")
  await ask("web:b")
  await ask("web:a")
  const { cursor, sessions } = await client.request("sessions.list", {})
  expect(cursor).toBeUndefined()
  expect(sessions).toEqual([
    {
      key: "web:a",
      sessionId: expect.any(String),
      title: "hello",
      channel: "webchat",
      updatedAt: expect.any(Number),
      unread: 2,
      running: false,
    },
    expect.objectContaining({ key: "web:b", unread: 1 }),
  ])
})

test("[M9] a cursor holds while sessions move, come and go: none that stayed is given twice or left out", async () => {
  const { ask, client } = await start()
  for (const name of ["a", "b", "c", "d", "e"]) await ask(`web:${name}`)
  const first = await client.request("sessions.list", { limit: 2 })
  expect(first.sessions.map(({ key }) => key)).toEqual(["web:e", "web:d"])
  await ask("web:e")
  await ask("web:new")
  await client.request("sessions.delete", { sessionKey: "web:d" })
  const { cursor = "" } = first
  const second = await client.request("sessions.list", { limit: 2, cursor })
  expect(second.sessions.map(({ key }) => key)).toEqual(["web:c", "web:b"])
  const last = await client.request("sessions.list", { cursor: second.cursor ?? "" })
  expect(last.sessions.map(({ key }) => key)).toEqual(["web:a"])
  expect(last.cursor).toBeUndefined()
})

test("[M9] sessions that changed in one moment stand on their pages once", async () => {
  const { client, gateway } = await start()
  await gateway.database.transact((sql) => {
    for (const name of ["a", "b", "c"]) {
      sql.run(
        `INSERT INTO sessions (key, session_id, channel, created_at, updated_at)
         VALUES (:key, :key, 'webchat', 1, 1)`,
        { key: `web:${name}` },
      )
    }
  })
  const keys: string[] = []
  let cursor: string | undefined
  do {
    const page = await client.request("sessions.list", { limit: 1, ...(cursor && { cursor }) })
    keys.push(...page.sessions.map(({ key }) => key))
    cursor = page.cursor
  } while (cursor !== undefined)
  expect(keys).toEqual(["web:a", "web:b", "web:c"])
})

test("[M9] a cursor that was never given is refused", async () => {
  const { client } = await start()
  const list = client.request("sessions.list", { cursor: "main" })
  await expect(list).rejects.toMatchObject({ code: "INVALID_REQUEST" })
})

test("[M9] unread counts what others said behind the message that was read, and reading is not undone", async () => {
  const { ask, client, gateway, messages } = await start()
  const read = async (readUpTo: string) =>
    (await client.request("sessions.patch", { sessionKey: "main", readUpTo })).unread
  await ask("main", "one")
  await ask("main", "two")
  const [, answer, , latest] = await messages("main")
  expect(await read(answer?.id ?? "")).toBe(1)
  expect(await read(latest?.id ?? "")).toBe(0)
  expect(await read(answer?.id ?? "")).toBe(0)

  await gateway.channel.say("from outside")
  await client.event(
    "chat",
    ({ message, sessionKey }) => sessionKey === "memory:1" && message.role === "assistant",
  )
  const { sessions } = await client.request("sessions.list", {})
  expect(sessions.find(({ key }) => key === "memory:1")?.unread).toBe(2)
})

test("[M9] what the person wrote with their own account is not unread", async () => {
  const { client, gateway } = await start()
  await gateway.channel.say("mine", { sender: { id: "1", self: true } })
  await client.event("chat", ({ message }) => message.role === "assistant")
  const { sessions } = await client.request("sessions.list", {})
  expect(sessions).toMatchObject([{ key: "memory:1", unread: 1 }])
})

test("[M9] readUpTo names a message of the session, or nothing is changed", async () => {
  const { ask, client, messages } = await start()
  await ask("main")
  await ask("web:a")
  const [foreign] = await messages("web:a")
  for (const readUpTo of [foreign?.id ?? "", "nothing"]) {
    const patch = client.request("sessions.patch", { sessionKey: "main", title: "x", readUpTo })
    await expect(patch).rejects.toMatchObject({ code: "INVALID_REQUEST" })
  }
  const { sessions } = await client.request("sessions.list", {})
  expect(sessions.find(({ key }) => key === "main")).toMatchObject({ unread: 1 })
  expect(sessions.find(({ key }) => key === "main")).not.toHaveProperty("title")
})

test("[M9] title and thinking are kept until they are taken back", async () => {
  const { ask, client } = await start()
  await ask("main")
  const patch = (changes: { title?: string; thinking?: "high" | "default" }) =>
    client.request("sessions.patch", { sessionKey: "main", ...changes })
  expect(await patch({ title: " Plans ", thinking: "high" })).toMatchObject({
    title: "Plans",
    thinking: "high",
  })
  expect(await patch({})).toMatchObject({ title: "Plans", thinking: "high" })
  const bare = await patch({ title: "", thinking: "default" })
  expect(bare).not.toHaveProperty("title")
  expect(bare).not.toHaveProperty("thinking")
  for (const title of ["x".repeat(129), "two\nlines"]) {
    await expect(patch({ title })).rejects.toMatchObject({ code: "INVALID_REQUEST" })
  }
})

test("[M9] a session without a title is listed by the words it began with, or by the name of its chat", async () => {
  const { ask, client, gateway } = await start({
    channel: { allowFrom: ["*"], groups: { "9": { anyone: true, mention: false, patterns: [] } } },
  })
  const titleOf = async (sessionKey: string) =>
    (await client.request("sessions.patch", { sessionKey })).title
  const answered = (sessionKey: string) =>
    client.event(
      "chat",
      (event) => event.sessionKey === sessionKey && event.message.role !== "user",
    )
  await ask("web:a", "/help")
  expect(await titleOf("web:a")).toBeUndefined()
  await ask(
    "web:a",
    " What is\u202e on\ntoday, and what did we say about the garden that is behind the house?",
  )
  expect(await titleOf("web:a")).toBe(
    "What is on today, and what did we say about the garden that…",
  )
  await client.request("sessions.patch", { sessionKey: "web:a", title: "Garden" })
  expect(await titleOf("web:a")).toBe("Garden")
  await client.request("sessions.patch", { sessionKey: "web:a", title: "" })
  await client.request("sessions.reset", { sessionKey: "web:a" })
  expect(await titleOf("web:a")).toBeUndefined()
  await ask("main")
  expect(await titleOf("main")).toBeUndefined()

  await gateway.channel.say("hi", { sender: { id: "1", name: "Anna" } })
  await answered("memory:1")
  expect(await titleOf("memory:1")).toBe("Anna")
  await gateway.channel.say("hi", { sender: { id: "1", name: "Anna B" } })
  await client.event("chat", ({ message }) => message.sender?.name === "Anna B")
  expect(await titleOf("memory:1")).toBe("Anna B")
  const group = { id: "9", title: "Team", mentioned: true }
  await gateway.channel.say("hi", { sender: { id: "1", name: "Anna" }, group })
  await answered("memory:group:9")
  expect(await titleOf("memory:group:9")).toBe("Team")
})

test("[M9] a session that several chats share is called after none of them", async () => {
  const { client, gateway } = await start({
    options: { session: { scope: "main", links: {}, idleMinutes: 0, handoverMinutes: 30 } },
  })
  await gateway.channel.say("hi", { sender: { id: "1", name: "Anna" } })
  await client.event("chat", ({ message }) => message.role === "assistant")
  const { sessions } = await client.request("sessions.list", {})
  expect(sessions).toMatchObject([{ key: "main" }])
  expect(sessions[0]).not.toHaveProperty("title")
})

test("[M9] after a reset the next message begins a new conversation, and what runs ends in the old one", async () => {
  const { open, script } = gated()
  const { ask, client, messages } = await start({ script })
  const answer = ask("main")
  const started = await client.event("agent", ({ stream }) => stream === "assistant")
  const before = await client.request("chat.history", { sessionKey: "main" })
  const reset = await client.request("sessions.reset", { sessionKey: "main" })
  expect(reset).toEqual({ sessionKey: "main", sessionId: expect.any(String) })
  expect(reset.sessionId).not.toBe(before.sessionId)
  await client.event("sessions", ({ session }) => session?.sessionId === reset.sessionId)
  open()
  expect(await answer).toMatchObject({ runId: started.payload.runId, text: "half done" })
  expect(await messages("main")).toEqual([])
})

test("[M9] a session that is deleted is stopped first, and nothing of it is left", async () => {
  const { script } = gated("half a secret")
  const { ask, client, gateway, keys, messages } = await start({ script })
  const answer = ask("main", "the first secret")
  const waiting = ask("main", "the second secret")
  await client.event("agent", ({ stream }) => stream === "assistant")
  const deleted = client.request("sessions.delete", { sessionKey: "main" })
  await expect(answer).rejects.toMatchObject({ reason: "aborted" })
  await expect(waiting).rejects.toMatchObject({ reason: "aborted" })
  expect(await deleted).toEqual({ deleted: "main" })
  await client.event("sessions", ({ deleted: key }) => key === "main")
  expect(await keys()).toEqual([])
  expect(await messages("main")).toEqual([])
  const left = await gateway.database.transact((sql) => [
    ...sql.all("SELECT body FROM messages"),
    ...sql.all("SELECT request FROM runs"),
  ])
  expect(JSON.stringify(left)).not.toContain("secret")
})

test("[M9] what waits in a chat whose session is deleted is not answered", async () => {
  const { open, script } = gated()
  const { client, gateway, keys } = await start({ script })
  await gateway.channel.say("first")
  await client.event("agent", ({ stream }) => stream === "assistant")
  await gateway.channel.say("second")
  await client.request("sessions.delete", { sessionKey: "memory:1" })
  open()
  expect(await keys()).toEqual([])
  const { inbox, runs } = await client.request("status", {})
  expect([inbox.pending, runs.active, runs.queued]).toEqual([0, 0, 0])
})

test("[M9] main comes into being again after it was deleted, as another conversation", async () => {
  const { ask, client, keys, messages } = await start()
  await ask("main")
  const before = await client.request("chat.history", { sessionKey: "main" })
  await client.request("sessions.delete", { sessionKey: "main" })
  await ask("main", "again")
  const after = await client.request("chat.history", { sessionKey: "main" })
  expect(after.sessionId).not.toBe(before.sessionId)
  expect(await messages("main")).toHaveLength(2)
  expect(await keys()).toEqual(["main"])
})

test("[M9] a run that was accepted while its session was being deleted brings the session back", async () => {
  const { ask, client, gateway, messages } = await start()
  await ask("web:a")
  // Between the look at the session and the acceptance of the run another client deletes it.
  await gateway.database.transact((sql) => {
    sql.get(`CREATE TEMP TRIGGER robber BEFORE INSERT ON main.runs
      BEGIN DELETE FROM sessions; DELETE FROM messages; END`)
  })
  await ask("web:a", "second")
  expect((await messages("web:a")).map(({ role }) => role)).toEqual(["user", "assistant"])
  const { sessions } = await client.request("sessions.list", {})
  expect(sessions).toMatchObject([{ key: "web:a", unread: 1 }])
})

test("[M9] a key of which nothing was ever said is refused by all that change a session", async () => {
  const { client } = await start()
  for (const method of ["sessions.patch", "sessions.reset", "sessions.delete"]) {
    for (const sessionKey of ["main", "web:a", "memory:7"]) {
      const asked = client.call(method, { sessionKey })
      await expect(asked).rejects.toMatchObject({ code: "INVALID_REQUEST" })
    }
  }
})

test("[E10] a burst of changes of one session is one event, and each session has its own", async () => {
  const { ask, client } = await start({ timings: { sessionMinIntervalMs: 60_000 } })
  await ask("main")
  await ask("web:a")
  for (const title of ["a", "b", "c"]) {
    await client.request("sessions.patch", { sessionKey: "main", title })
  }
  await client.request("sessions.delete", { sessionKey: "web:a" })
  const seen = client.events.filter(({ event }) => event === "sessions")
  expect(seen.map(({ payload }) => payload)).toEqual([{ deleted: "web:a" }])
})

test("[E10] the last change of a burst is told", async () => {
  const { ask, client } = await start()
  await ask("main")
  for (const title of ["a", "b", "c"]) {
    await client.request("sessions.patch", { sessionKey: "main", title })
  }
  const told = await client.event("sessions", ({ session }) => session?.title === "c")
  expect(told.payload.session).toMatchObject({ key: "main", unread: 1, running: false })
})
