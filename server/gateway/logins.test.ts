import { expect, test } from "vitest"
import { GatewayError, type LoginEvent } from "#protocol"
import type { LinkRequest } from "../channels/channel.ts"
import { silentLogger } from "../host/logger.ts"
import { createLinkableRows, type MemoryLogin } from "../testing/linkable-rows.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { createChannels } from "./channels.ts"
import type { Requester } from "./dispatch.ts"
import { createLogins } from "./logins.ts"

const QR: LinkRequest = { method: "qr" }
const TIMINGS = { loginOrphanMs: 10_000, loginSilenceMs: 60_000 }

/** A client that remembers what it alone was told. */
function createClient(name = "phone-app") {
  const told: LoginEvent[] = []
  const leaving = new AbortController()
  const owner: Requester = {
    connId: name,
    client: { name, version: "1", platform: "test", mode: "web" },
    gone: leaving.signal,
    event: (prepared) => {
      if (prepared.event === "login") told.push(prepared.payload as LoginEvent)
    },
  }
  return { owner, told, leave: () => leaving.abort(), states: () => told.map((t) => t.state) }
}

/** Logins over a channel that needs linking and one that does not. */
function prepare() {
  const clock = createManualClock()
  let changes = 0
  const { channel, slots } = createLinkableRows(clock)
  const logins = createLogins({
    channels: createChannels(slots, clock),
    clock,
    log: silentLogger,
    timings: TIMINGS,
    changed: () => {
      changes += 1
    },
  })
  const begin = async (owner: Requester, request = QR): Promise<MemoryLogin> => {
    logins.start("memory", request, { owner, answered: Promise.resolve() })
    await clock.advance(0)
    if (channel.login === undefined) throw new Error("the channel was not asked to link")
    return channel.login
  }
  const code = (qr: string) => ({ qr, expiresAt: clock.now() + 20_000 })
  return { begin, channel, clock, code, logins, changes: () => changes }
}

function reasonOf(act: () => unknown): { code: string; reason: string | undefined } {
  try {
    act()
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, reason: error.reason }
    throw error
  }
  throw new Error("nothing was thrown")
}

test("[M10] a login tells its owner each step, from the first code to who was linked", async () => {
  const { begin, changes, channel, clock, code } = prepare()
  const client = createClient()
  const phone = await begin(client.owner)
  expect(client.states()).toEqual(["preparing"])
  phone.show(code("one"))
  await clock.advance(20_000)
  phone.show(code("two"))
  phone.linking()
  phone.linked("+15550100000")
  await clock.advance(0)
  expect(client.told.map(({ loginId: _, ...told }) => told)).toEqual([
    { state: "preparing" },
    { state: "code", qr: "one", expiresAt: clock.now() },
    { state: "code", qr: "two", expiresAt: clock.now() + 20_000 },
    { state: "linking" },
    { state: "linked", self: "+15550100000" },
  ])
  expect(new Set(client.told.map(({ loginId }) => loginId)).size).toBe(1)
  expect(channel.health()).toMatchObject({ linked: true, self: "+15550100000" })
  expect(changes()).toBe(1)
  expect(clock.waiting).toBe(0)
})

test("[M10] nothing is told before the request is answered", async () => {
  const { clock, logins, channel } = prepare()
  const client = createClient()
  const answered = Promise.withResolvers<void>()
  logins.start("memory", QR, { owner: client.owner, answered: answered.promise })
  await clock.advance(0)
  expect([client.told, channel.login]).toEqual([[], undefined])
  answered.resolve()
  await clock.advance(0)
  expect(client.states()).toEqual(["preparing"])
})

test("[M10] there is one login at a time, and a second start names who holds it", async () => {
  const { begin, clock, logins } = prepare()
  const client = createClient("terminal")
  const phone = await begin(client.owner)
  const second = createClient()
  const start = () =>
    logins.start("memory", QR, { owner: second.owner, answered: Promise.resolve() })
  const since = clock.now()
  await clock.advance(12_000)
  expect(start).toThrow(
    expect.objectContaining({
      code: "UNAVAILABLE",
      message: expect.stringContaining("by terminal, for 12 s now"),
      reason: "login_in_progress",
      details: expect.objectContaining({
        holder: { client: "terminal", mode: "web", channel: "memory", since },
      }),
    }),
  )
  expect(second.told).toEqual([])
  phone.fail(new GatewayError("UNAVAILABLE", "No.", { reason: "login_refused" }))
  await clock.advance(0)
  expect(client.told.at(-1)).toMatchObject({
    state: "refused",
    error: { message: "No.", details: { reason: "login_refused" } },
  })
  start()
})

test("[M10] what cannot be linked is refused at the start", async () => {
  const { begin, clock, logins } = prepare()
  const client = createClient()
  const start = (channel: string) =>
    reasonOf(() => logins.start(channel, QR, { owner: client.owner, answered: Promise.resolve() }))
  expect(start("plain")).toEqual({ code: "INVALID_REQUEST", reason: undefined })
  expect(start("nothing")).toEqual({ code: "INVALID_REQUEST", reason: undefined })
  expect(start("off")).toEqual({ code: "UNAVAILABLE", reason: "not_configured" })
  const phone = await begin(client.owner)
  phone.linked("+1555")
  await clock.advance(0)
  expect(start("memory")).toEqual({ code: "INVALID_REQUEST", reason: "already_linked" })
})

test("[M10, WA22] after six codes that nobody used the login is exhausted, with fewer it is expired", async () => {
  const expired = () =>
    new GatewayError("UNAVAILABLE", "No code was used.", { reason: "login_expired" })
  for (const [shown, end] of [
    [6, "exhausted"],
    [2, "expired"],
  ] as const) {
    const { begin, clock, code } = prepare()
    const client = createClient()
    const phone = await begin(client.owner)
    for (let n = 0; n < shown; n += 1) phone.show(code(`code ${n}`))
    phone.fail(expired())
    await clock.advance(0)
    expect(client.states().at(-1)).toBe(end)
  }
})

test("[M10, WA22] a seventh code is shown to nobody and ends the login", async () => {
  const { begin, channel, clock, code } = prepare()
  const client = createClient()
  const phone = await begin(client.owner)
  for (let n = 1; n <= 7; n += 1) phone.show(code(`code ${n}`))
  await clock.advance(0)
  expect(client.states().filter((state) => state === "code")).toHaveLength(6)
  expect(client.told.at(-1)).toMatchObject({ state: "exhausted" })
  expect(channel.login).toBeUndefined()
})

test("[WA22] a channel that falls silent does not keep a login open", async () => {
  const { begin, clock, code } = prepare()
  const first = createClient()
  const phone = await begin(first.owner)
  phone.show(code("one"))
  await clock.advance(79_999)
  expect(first.states().at(-1)).toBe("code")
  await clock.advance(1)
  expect(first.states().at(-1)).toBe("expired")
  const second = createClient()
  await begin(second.owner)
  await clock.advance(60_000)
  expect(second.told.at(-1)).toMatchObject({ state: "refused", error: { code: "UNAVAILABLE" } })
})

test("[M10] any client may cancel, and a new login can begin at once", async () => {
  const { begin, logins } = prepare()
  const client = createClient()
  await begin(client.owner)
  const loginId = client.told[0]?.loginId ?? ""
  expect(await logins.cancel("another")).toBe(false)
  expect(await logins.cancel(loginId)).toBe(true)
  expect(client.states()).toEqual(["preparing", "cancelled"])
  expect(await logins.cancel()).toBe(false)
  await begin(client.owner)
  expect(await logins.cancel()).toBe(true)
})

test("[M10] a login whose owner is gone is cancelled after a while", async () => {
  const { begin, channel, clock, code } = prepare()
  const client = createClient()
  const phone = await begin(client.owner)
  phone.show(code("one"))
  client.leave()
  await clock.advance(9_999)
  expect(channel.login).toBeDefined()
  await clock.advance(1)
  expect(channel.login).toBeUndefined()
  expect(clock.waiting).toBe(0)
})

test("[M10] an owner who was gone before the answer is gone", async () => {
  const { begin, channel, clock } = prepare()
  const client = createClient()
  client.leave()
  await begin(client.owner)
  await clock.advance(10_000)
  expect(channel.login).toBeUndefined()
})

test("[M10] an account that is being linked is linked, whoever leaves or cancels meanwhile", async () => {
  const { begin, channel, clock, code, logins } = prepare()
  const client = createClient()
  const phone = await begin(client.owner)
  phone.show(code("one"))
  phone.linking()
  client.leave()
  await clock.advance(10_000)
  expect(await logins.cancel()).toBe(false)
  const stopped = logins.stop()
  phone.linked("+1555")
  await stopped
  expect(channel.health().linked).toBe(true)
  expect(client.states().at(-1)).toBe("linked")
})

test("[M10] a login that is cancelled before its request was answered never reaches the channel", async () => {
  const { channel, clock, logins } = prepare()
  const client = createClient()
  const answered = Promise.withResolvers<void>()
  logins.start("memory", QR, { owner: client.owner, answered: answered.promise })
  const cancelled = logins.cancel()
  answered.resolve()
  expect(await cancelled).toBe(true)
  await clock.advance(0)
  expect(channel.login).toBeUndefined()
})

test("[M10] what the channel still says after a cancel is told to nobody", async () => {
  const { begin, clock, code, logins } = prepare()
  const client = createClient()
  const phone = await begin(client.owner)
  client.leave()
  const cancelled = logins.cancel()
  phone.show(code("late"))
  await cancelled
  expect(client.states()).toEqual(["preparing", "cancelled"])
  expect(clock.waiting).toBe(0)
})

test("[M10] the gateway's stop cancels a login", async () => {
  const { begin, channel, logins } = prepare()
  const client = createClient()
  await begin(client.owner)
  await logins.stop()
  expect(client.states()).toEqual(["preparing", "cancelled"])
  expect(channel.login).toBeUndefined()
})

test("[M10] a logout takes the gateway off the account, once", async () => {
  const { begin, changes, channel, clock, logins } = prepare()
  expect(await logins.unlink("memory")).toEqual({ loggedOut: false })
  const client = createClient()
  const phone = await begin(client.owner)
  phone.linked("+1555")
  await clock.advance(0)
  const before = changes()
  const start = () =>
    logins.start("memory", QR, { owner: client.owner, answered: Promise.resolve() })
  const out = logins.unlink("memory")
  expect(reasonOf(start).reason).toBe("login_in_progress")
  expect(await Promise.all([out, logins.unlink("memory")])).toEqual([
    { loggedOut: true },
    { loggedOut: true },
  ])
  expect(channel.health().linked).toBe(false)
  expect(changes()).toBeGreaterThan(before)
  expect(await logins.unlink("memory")).toEqual({ loggedOut: false })
  await expect(logins.unlink("plain")).rejects.toMatchObject({ code: "INVALID_REQUEST" })
})

test("[M10] an account that has failed for good is linked anew, and what is refused can be forgotten", async () => {
  const { begin, channel, clock, logins } = prepare()
  const client = createClient()
  const health = channel.health
  let unlinked = 0
  Object.assign(channel, {
    linking: {
      ...channel.linking,
      unlink: async () => {
        unlinked += 1
        return { serviceTold: false }
      },
    },
  })
  const be = (words: object) =>
    Object.assign(channel, { health: () => ({ ...health(), ...words }) })
  be({ linked: false, state: "logged_out" })
  expect(await logins.unlink("memory")).toEqual({ loggedOut: false })
  be({ linked: false, state: "banned" })
  expect(await logins.unlink("memory")).toEqual({ loggedOut: true, serviceTold: false })
  expect(unlinked).toBe(1)
  be({ linked: true, state: "failed" })
  const phone = await begin(client.owner)
  phone.linked("+1555")
  await clock.advance(0)
  expect(client.states().at(-1)).toBe("linked")
})

test("[M10] a logout ends a login that runs, also one that is being linked", async () => {
  const { begin, channel, code, logins } = prepare()
  const client = createClient()
  const phone = await begin(client.owner)
  phone.show(code("one"))
  phone.linking()
  const start = () =>
    logins.start("memory", QR, { owner: client.owner, answered: Promise.resolve() })
  const out = logins.unlink("memory")
  expect(reasonOf(start).reason).toBe("login_in_progress")
  expect(await out).toEqual({ loggedOut: false })
  expect(client.states().at(-1)).toBe("cancelled")
  expect(channel.health().linked).toBe(false)
})
