import { expect, test } from "vitest"
import { createFakeNetwork } from "../testing/fake-network.ts"
import { createManualClock, settle } from "../testing/manual-clock.ts"
import { createMemoryDraftFiles } from "../testing/memory-draft-files.ts"
import { createMemoryLastViews } from "../testing/memory-last-views.ts"
import { createFakeBrowser, createMemoryOutbox } from "../testing/memory-outbox.ts"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { health, helloOk, message } from "../testing/samples.ts"
import { createLogin } from "./login.ts"
import { createPage } from "./page.ts"

interface Browser {
  readonly tokenFromLink?: string
  readonly local?: ReturnType<typeof createMemoryStorage>
  readonly browser?: ReturnType<typeof createFakeBrowser>
}

function setUp({ tokenFromLink, browser = createFakeBrowser(), ...shared }: Browser = {}) {
  const clock = createManualClock()
  const network = createFakeNetwork()
  const local = shared.local ?? createMemoryStorage()
  const session = createMemoryStorage()
  const reloads: string[] = []
  const draftFiles = createMemoryDraftFiles()
  const lastViews = createMemoryLastViews()
  let keys = 0
  const page = createPage({
    clock,
    random: () => 0,
    isVisible: () => true,
    openSocket: network.openSocket,
    fetchBoot: network.fetchBoot,
    version: "1",
    locale: () => "en",
    session,
    local,
    outboxStorage: createMemoryOutbox(),
    draftFiles,
    lastViews,
    tabs: browser.openTabs(),
    toDate: (ts) => new Date(ts).toDateString(),
    createKey: () => {
      keys += 1
      return `k${keys}`
    },
    readFile: () => Promise.reject(new Error("no files here")),
    tokenFromLink,
    reload: () => void reloads.push("reload"),
  })

  /** Answers the oldest open request for the method. */
  async function answer(method: string, payload: unknown) {
    const { last } = network
    const index = last.sent.findIndex((frame) => frame.method === method)
    const [request] = last.sent.splice(index, 1)
    expect(request?.method).toBe(method)
    last.say({ type: "res", id: request?.id, ok: true, payload })
    await settle()
    return request
  }

  async function connect(welcome = helloOk) {
    await settle()
    network.last.open()
    network.last.say(welcome)
    await settle()
  }

  async function start(welcome = helloOk) {
    page.start()
    await connect(welcome)
  }

  const history = (messages: unknown[], more: object = {}) =>
    answer("chat.history", { sessionKey: "main", sessionId: "s", messages, ...more })
  const rows = () => page.chat.rows.value.filter(({ kind }) => kind !== "day").map(({ key }) => key)
  return {
    page,
    clock,
    network,
    local,
    session,
    draftFiles,
    lastViews,
    reloads,
    answer,
    connect,
    start,
    history,
    rows,
  }
}

test("[E8] after a gap the page asks for health, presence and the open conversation", async () => {
  const { page, network, start, answer, history } = setUp()
  await start()
  await history([])
  expect(page.connection.state.value.at).toBe("ready")
  network.last.say({ type: "event", event: "tick", payload: { ts: 0 }, seq: 5 })
  expect(page.connection.state.value.at).toBe("refreshing")
  await answer("health", { ...health, version: "9" })
  await answer("system-presence", [])
  await history([message("a", 1)])
  expect(page.connection.state.value.at).toBe("ready")
  expect(page.health.snapshot.value?.version).toBe("9")
})

test("[WC5] a sent row is replaced by the gateway's row with its key, whichever comes first", async () => {
  const { page, network, start, history, rows } = setUp()
  await start()
  await history([])
  await page.chat.send("hello")
  expect(rows()).toEqual(["sent:k2"])
  const payload = { sessionKey: "main", message: message("u", 1, { idempotencyKey: "k2" }) }
  network.last.say({ type: "event", event: "chat", payload, seq: 1 })
  expect(rows()).toEqual(["sent:k2"])
  expect(page.outbox.entries.value).toEqual([])
})

test("[WC14] a message whose connection was lost is sent again under its key", async () => {
  const { page, network, clock, start, connect, history } = setUp()
  await start()
  await history([])
  await page.chat.send("hello")
  network.last.break()
  await clock.advance(500)
  await connect()
  const agent = network.last.sent.find(({ method }) => method === "agent")
  expect(agent?.params).toEqual({ message: "hello", sessionKey: "main", idempotencyKey: "k2" })
})

test("[T4] a message that is larger than a frame fails here, and what follows it is sent", async () => {
  const { page, network, start, history } = setUp()
  const { policy } = helloOk
  await start({ ...helloOk, policy: { ...policy, maxPayload: 1_000 } })
  await history([])
  await page.chat.send("x".repeat(1_000))
  await page.chat.send("two")
  await settle()
  expect(page.outbox.entries.value.map(({ state }) => state.at)).toEqual(["failed", "sending"])
  expect(page.outbox.entries.value[0]?.state).toMatchObject({
    error: { code: "INVALID_REQUEST", details: { reason: "request_too_large" } },
  })
  const asked = network.last.sent.filter(({ method }) => method === "agent")
  expect(asked.map(({ params }) => params)).toMatchObject([{ message: "two" }])
})

test("[T4] a message that was too large for the gateway all the same is not sent for ever", async () => {
  const { page, network, clock, start, connect, history } = setUp()
  await start()
  await history([])
  await page.chat.send("too large for something in between")
  await page.chat.send("two")
  network.last.break(1009)
  await clock.advance(500)
  await connect()
  expect(page.outbox.entries.value.map(({ state }) => state.at)).toEqual(["failed", "sending"])
  expect(network.sockets).toHaveLength(2)
  const asked = network.last.sent.filter(({ method }) => method === "agent")
  expect(asked.map(({ params }) => params)).toMatchObject([{ message: "two" }])
})

test("[M8] Stop asks for the run that is live, and is over when the run is", async () => {
  const { page, network, start, history, answer } = setUp()
  await start()
  await history([])
  const event = (seq: number, phase: string) => ({
    type: "event",
    event: "agent",
    seq,
    payload: { runId: "r", sessionKey: "main", seq, ts: 1, stream: "lifecycle", data: { phase } },
  })
  network.last.say(event(1, "started"))
  const stopped = page.chat.stop()
  expect(page.chat.stopState.value).toMatchObject({ at: "stopping", runId: "r" })
  const request = await answer("chat.abort", { aborted: true })
  expect(request?.params).toEqual({ sessionKey: "main", runId: "r" })
  network.last.say(event(2, "aborted"))
  await stopped
  expect(page.chat.stopState.value).toEqual({ at: "idle" })
  expect(page.chat.liveRun.value).toBeUndefined()
})

test.for(["lifecycle", "accepted"])(
  "[WC22, M8] a run known by its %s that cannot be stopped any more gives way to what the gateway knows",
  async (known) => {
    const { page, network, start, history, answer } = setUp()
    await start()
    await history([])
    if (known === "lifecycle") {
      const data = { phase: "started" }
      const payload = { runId: "r", sessionKey: "main", seq: 1, ts: 1, stream: known, data }
      network.last.say({ type: "event", event: "agent", seq: 1, payload })
    } else page.chat.accepted("r")
    const stopped = page.chat.stop()
    await answer("chat.abort", { aborted: false })
    await stopped
    expect(page.chat.stopState.value).toEqual({ at: "idle" })
    expect(page.chat.isLive.value).toBe(false)
    await history([message("a", 2, { role: "assistant", runId: "r" })])
    expect(page.chat.rows.value.at(-1)).toMatchObject({ kind: "message", message: { id: "a" } })
    expect(page.chat.isLive.value).toBe(false)
  },
)

test("a run that ends without its message makes the page look for it", async () => {
  const { page, network, clock, start, history } = setUp()
  await start()
  await history([])
  const data = { phase: "ended" }
  const payload = { runId: "r", sessionKey: "main", seq: 1, ts: 1, stream: "lifecycle", data }
  network.last.say({ type: "event", event: "agent", payload, seq: 1 })
  await clock.advance(1_500)
  await history([message("a", 1, { role: "assistant", runId: "r" })])
  expect(page.chat.rows.value.map(({ key }) => key)).toContain("run:r")
  expect(page.connection.state.value.at).toBe("ready")
})

test("a hole after a long absence is closed page by page", async () => {
  const { network, clock, start, connect, history, rows } = setUp()
  await start()
  await history([message("a", 1)])
  network.last.break()
  await clock.advance(500)
  await connect()
  await history([message("d", 4)], { cursor: "3" })
  await history([message("b", 2), message("c", 3)], { cursor: "1" })
  await history([message("a", 1)])
  expect(rows()).toEqual(["message:a", "message:b", "message:c", "message:d"])
})

test("a token from the link is sent in hello, kept for this tab only, and belongs to one gateway", async () => {
  const { page, network, session, local, start } = setUp({ tokenFromLink: "sesame" })
  await start()
  expect(network.last.sent[0]?.auth).toEqual({ token: "sesame" })
  expect(session.read("clawdis:g1:token")).toBe("sesame")
  expect(local.read("clawdis:g1:token")).toBeUndefined()
  page.stop()
})

test("what one tab forgets all tabs forget: none of them writes it back", async () => {
  const shared = { browser: createFakeBrowser(), local: createMemoryStorage() }
  const first = setUp(shared)
  const second = setUp({ ...shared, tokenFromLink: "sesame" })
  await first.start()
  await second.start()
  second.page.drafts.write("main", "half a sentence")
  second.page.useToken("sesame", { remember: true })
  await first.page.forget()
  await settle()
  expect(shared.local.keys().filter((key) => key.startsWith("clawdis:g1:"))).toEqual([])
  expect(second.session.keys().filter((key) => key.startsWith("clawdis:g1:"))).toEqual([])
  expect([first.reloads, second.reloads]).toEqual([["reload"], ["reload"]])
})

test("another gateway behind the same address is told nothing", async () => {
  const { network, clock, reloads, start } = setUp({ tokenFromLink: "sesame" })
  await start()
  network.boot = { gatewayId: "g2", version: "0.1.0" }
  network.last.break()
  await clock.advance(10_000)
  expect(network.sockets).toHaveLength(1)
  expect(reloads).toEqual(["reload"])
})

test("[WC9] an unauthorised page shows no history and keeps what was typed", async () => {
  const { page, network, clock, start, history, rows } = setUp()
  await start()
  await history([message("a", 1)])
  page.drafts.write("main", "half a thought")
  network.last.break(1008, "unauthorized")
  await clock.advance(60_000)
  expect(rows()).toEqual([])
  expect(page.drafts.of("main").value).toBe("half a thought")
  page.useToken("sesame", { remember: false })
  await settle()
  network.last.open()
  expect(network.last.sent[0]?.auth).toEqual({ token: "sesame" })
})

test("[M10] a code is shown while the connection that asked for it stands", async () => {
  const { page, network, clock, start, connect, answer, history } = setUp()
  await start()
  await history([])
  const login = page.stores.of(createLogin)
  login.open("post")
  await settle()
  await answer("login.start", { loginId: "l1" })
  const payload = { loginId: "l1", state: "code", qr: "secret", expiresAt: clock.now() + 20_000 }
  network.last.say({ type: "event", event: "login", payload, seq: 1 })
  expect(login.view.value?.step).toMatchObject({ at: "code", qr: "secret" })
  network.last.break()
  expect(login.view.value?.step).toEqual({ at: "lost", wasLinking: false })
  await clock.advance(500)
  await connect()
  expect(login.view.value?.step).toEqual({ at: "lost", wasLinking: false })
  network.last.break(1008, "unauthorized")
  expect(login.view.value).toBeUndefined()
})

test.for(["telegram:1", "web:1"])(
  "[WC18] %s, deleted while the page was away, gives way to the main one",
  async (sessionKey) => {
    const { page, network, clock, start, connect, answer, history, rows } = setUp()
    await start()
    await history([])
    const opened = page.chats.open(sessionKey)
    await answer("chat.history", { sessionKey, sessionId: "t", messages: [message("t", 1)] })
    await opened
    network.last.break()
    await clock.advance(500)
    await connect()
    const asked = network.last.sent.find(({ method }) => method === "chat.history")
    const error = { code: "INVALID_REQUEST", message: "there is no session" }
    const payload = { sessionKey, messages: [] }
    const isOfClients = sessionKey.startsWith("web:")
    network.last.say({
      type: "res",
      id: asked?.id,
      ...(isOfClients ? { ok: true, payload } : { ok: false, error }),
    })
    await settle()
    network.last.sent.splice(network.last.sent.indexOf(asked ?? { type: "" }), 1)
    expect(page.chat.sessionKey).toBe("main")
    expect(page.chats.gone.value?.sessionKey).toBe(sessionKey)
    await history([message("a", 1)])
    expect(rows()).toEqual(["message:a"])
    expect(page.connection.state.value.at).toBe("ready")
  },
)

test("[WC18, M9] a conversation that began on this page and is begun anew elsewhere is shown empty", async () => {
  const { page, network, start, answer, history, rows } = setUp()
  await start()
  await history([])
  const row = { key: "web:a", channel: "webchat", updatedAt: 1, unread: 0, running: false }
  const opened = page.chats.open("web:a")
  await answer("chat.history", { sessionKey: "web:a", messages: [] })
  await opened
  const say = (event: string, seq: number, payload: object) =>
    network.last.say({ type: "event", event, seq, payload })
  say("sessions", 1, { session: { ...row, sessionId: "one" } })
  say("chat", 2, { sessionKey: "web:a", message: message("a", 1) })
  expect(rows()).toEqual(["message:a"])
  say("sessions", 3, { session: { ...row, sessionId: "two" } })
  await answer("chat.history", { sessionKey: "web:a", sessionId: "two", messages: [] })
  expect(rows()).toEqual([])
  expect(page.chat.loaded.value).toBe(true)
})

test("[WC18] a conversation that the list of sessions does not hold is begun anew all the same", async () => {
  const { page, network, start, answer, history, rows } = setUp()
  await start()
  await history([])
  const opened = page.chats.open("web:a")
  await answer("chat.history", {
    sessionKey: "web:a",
    sessionId: "one",
    messages: [message("a", 1)],
  })
  await opened
  const row = { key: "web:a", channel: "webchat", updatedAt: 1, unread: 0, running: false }
  const say = (seq: number, sessionId: string) => {
    const payload = { session: { ...row, sessionId } }
    network.last.say({ type: "event", event: "sessions", seq, payload })
  }
  say(1, "one")
  expect(rows()).toEqual(["message:a"])
  page.sessions.forget()
  say(2, "two")
  expect(rows()).toEqual([])
  await answer("chat.history", { sessionKey: "web:a", sessionId: "two", messages: [] })
  // What the list holds may be older than what is shown: that is of the new one already.
  page.sessions.forget()
  say(3, "one")
  await answer("chat.history", { sessionKey: "web:a", sessionId: "two", messages: [] })
  say(4, "two")
  expect(network.last.sent.map(({ method }) => method)).not.toContain("chat.history")
  expect(page.chat.loaded.value).toBe(true)
})

const NOTES = { name: "notes.txt", mimeType: "text/plain", bytes: 3, data: "AAAA" }

test("[WC19] what is written for a conversation that is deleted goes with it, and nothing else", async () => {
  const { page, network, local, draftFiles, start, history } = setUp()
  await start()
  await history([])
  for (const sessionKey of ["web:a", "web:b"]) {
    page.drafts.write(sessionKey, "half a sentence")
    page.files.restore(sessionKey, [NOTES])
  }
  await settle()
  network.last.say({ type: "event", event: "sessions", seq: 1, payload: { deleted: "web:a" } })
  await settle()
  expect(page.drafts.of("web:a").value).toBe("")
  expect(local.keys().filter((key) => key.includes("web:a"))).toEqual([])
  expect(page.drafts.of("web:b").value).toBe("half a sentence")
  expect(draftFiles.kept).toEqual(["g1 web:b notes.txt"])
})

test("[WC21] what a conversation showed goes with it, when it begins anew, and when the page is not let in", async () => {
  const { page, network, lastViews, start, history } = setUp()
  await start()
  await history([])
  const keep = (...keys: string[]) => {
    for (const sessionKey of keys) page.keepLastView({ sessionKey, at: 1, messages: [] })
  }
  keep("web:a", "web:b", "web:c")
  expect(await page.lastView("web:a")).toMatchObject({ sessionKey: "web:a" })
  const say = (seq: number, payload: unknown) =>
    network.last.say({ type: "event", event: "sessions", seq, payload })
  const row = { key: "web:b", channel: "web", updatedAt: 1, unread: 0, running: false }
  say(1, { deleted: "web:a" })
  say(2, { session: { ...row, sessionId: "one" } })
  expect(lastViews.kept).toEqual(["g1 web:b", "g1 web:c"])
  say(3, { session: { ...row, sessionId: "two" } })
  expect(lastViews.kept).toEqual(["g1 web:c"])
  network.last.break(1008, "unauthorized")
  await settle()
  expect(lastViews.kept).toEqual([])
})

test("[WC19] what was not sent to a conversation that somebody else deletes is shown in the main one", async () => {
  const { page, network, start, history, rows } = setUp()
  await start()
  await history([])
  void page.chats.open("web:a")
  await page.chat.send("hello")
  await settle()
  const sent = network.last.sent.find(({ method }) => method === "agent")
  const error = { code: "INVALID_REQUEST", message: "No." }
  network.last.say({ type: "res", id: sent?.id, ok: false, error })
  await settle()
  network.last.say({ type: "event", event: "sessions", seq: 1, payload: { deleted: "web:a" } })
  await settle()
  expect(page.chat.sessionKey).toBe("main")
  expect(page.outbox.entries.value).toMatchObject([
    {
      sessionKey: "main",
      text: "hello",
      state: { at: "failed", error: { details: { reason: "conversation_deleted" } } },
    },
  ])
  const moved = rows()
  expect(moved).toEqual([expect.stringMatching(/-moved$/)])
  // The main one begins anew in its own place, and what was not sent to it stays there as it is.
  network.last.say({ type: "event", event: "sessions", seq: 2, payload: { deleted: "main" } })
  await settle()
  expect(rows()).toEqual(moved)
})

test("[WC19] files leave the draft when the outbox has them, and go with that message", async () => {
  const { page, network, draftFiles, start, history } = setUp()
  await start()
  await history([])
  page.files.restore("main", [NOTES])
  await settle()
  expect(draftFiles.kept).toHaveLength(1)
  const files = page.files.ready("main").map(({ file }) => file)
  await page.chat.send("see", files, page.drafts.keyOf("main"))
  await settle()
  expect(page.files.of("main").value).toEqual([])
  expect(draftFiles.kept).toEqual([])
  const sent = network.last.sent.find(({ method }) => method === "agent")
  const { bytes: _, ...attachment } = NOTES
  expect(sent?.params).toMatchObject({ message: "see", attachments: [attachment] })
})
