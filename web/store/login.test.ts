import { expect, test } from "vitest"
import { GatewayError, type HealthSnapshot, type LoginEvent } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createManualClock, settle } from "../testing/manual-clock.ts"
import { health } from "../testing/samples.ts"
import { createLogin, maskSelf, readPhone } from "./login.ts"

const AHEAD_MS = 60_000

function setUp() {
  const clock = createManualClock()
  const gateway = createFakeRequests()
  const login = createLogin({
    gateway: gateway.requests,
    clock,
    toPageTime: (ts) => ts - AHEAD_MS,
  })
  return {
    clock,
    gateway,
    login,
    heard: (state: LoginEvent["state"], more: Partial<LoginEvent> = {}) =>
      login.event({
        type: "event",
        event: "login",
        payload: { loginId: "l1", state, ...more },
        seq: 1,
      }),
    step: () => login.view.value?.step,
    async open() {
      login.open("post")
      await settle()
      return gateway.answer("login.start", { loginId: "l1" })
    },
  }
}

const lost = () => new GatewayError("UNAVAILABLE", "Gone.", { reason: "connection_lost" })
const linkedHealth = (state: "open" | "connecting"): HealthSnapshot => ({
  ...health,
  channels: { post: { configured: true, state, linked: true, self: "+15550100" } },
})

test("[M10] a login shows each code until the account is linked, and then closes by itself", async () => {
  const { clock, heard, login, open, step } = setUp()
  expect(await open()).toEqual({ channel: "post", method: "qr" })
  heard("preparing")
  expect(step()).toEqual({ at: "preparing" })
  for (const qr of ["first", "second"]) {
    const until = clock.now() + 20_000
    heard("code", { qr, expiresAt: until + AHEAD_MS })
    expect(step()).toMatchObject({ at: "code", qr, shownAt: clock.now(), until })
    await clock.advance(20_000)
  }
  heard("linking")
  expect(step()).toEqual({ at: "linking" })
  heard("linked", { self: "+15550100" })
  expect(step()).toEqual({ at: "linked", self: "+15550100" })
  await clock.advance(4_000)
  expect(login.view.value).toBeUndefined()
})

test.each(["expired", "exhausted", "cancelled"] as const)(
  "[M10] a login that ended %s is begun anew when asked, and not before",
  async (end) => {
    const { clock, gateway, heard, login, open, step } = setUp()
    await open()
    heard(end)
    expect(step()).toEqual({ at: end })
    await clock.advance(600_000)
    expect(gateway.waiting).toEqual([])
    login.again()
    await settle()
    expect(gateway.waiting).toEqual(["login.start"])
  },
)

test("[M10] a refusal says why and is not tried again", async () => {
  const { clock, gateway, heard, open, step } = setUp()
  await open()
  const error = { code: "UNAVAILABLE", message: "No." } as const
  heard("refused", { error })
  expect(step()).toEqual({ at: "refused", error })
  await clock.advance(600_000)
  expect(gateway.waiting).toEqual([])
})

test("[M10] another client that links already is named", async () => {
  const { clock, gateway, login, step } = setUp()
  login.open("post")
  await settle()
  const holder = { client: "cli", mode: "cli", channel: "post", since: clock.now() + AHEAD_MS }
  const options = { reason: "login_in_progress", details: { holder } } as const
  await gateway.refuse("login.start", new GatewayError("UNAVAILABLE", "Busy.", options))
  expect(step()).toEqual({ at: "busy", holder: { client: "cli", since: clock.now() } })
})

test("[M10] closing cancels the login, also one that the gateway has not begun yet", async () => {
  const { gateway, heard, login, open } = setUp()
  await open()
  heard("code", { qr: "secret" })
  login.close()
  await settle()
  expect(JSON.stringify(login.view.value) ?? "").not.toContain("secret")
  expect(await gateway.answer("login.cancel", { cancelled: true })).toEqual({ loginId: "l1" })

  login.open("post")
  await settle()
  login.close()
  await gateway.answer("login.start", { loginId: "l2" })
  expect(await gateway.answer("login.cancel", { cancelled: true })).toEqual({ loginId: "l2" })
  expect(login.view.value).toBeUndefined()
})

test("[M10] a login is begun only when the gateway has let go of the one before", async () => {
  const { gateway, heard, login, open, step } = setUp()
  await open()
  heard("code", { qr: "q" })
  login.askPhone()
  login.useCode("+15550100")
  await settle()
  expect(gateway.waiting).toEqual(["login.cancel"])
  await gateway.answer("login.cancel", { cancelled: true })
  heard("cancelled")
  expect(step()).toEqual({ at: "preparing" })
  expect(await gateway.answer("login.start", { loginId: "l2" })).toEqual({
    channel: "post",
    method: "code",
    phone: "+15550100",
  })
  heard("code", { qr: "of the one before" })
  expect(step()).toEqual({ at: "preparing" })
  heard("code", { loginId: "l2", code: "ABCD-EFGH" })
  expect(step()).toMatchObject({ at: "code", code: "ABCD-EFGH" })
})

test("[M10] a code that was scanned while a number is asked for is not lost sight of", async () => {
  const { gateway, heard, login, open, step } = setUp()
  await open()
  heard("code", { qr: "q" })
  login.askPhone()
  heard("code", { qr: "rotated" })
  expect(step()).toEqual({ at: "phone" })
  await settle()
  heard("linking")
  await gateway.answer("login.cancel", { cancelled: false })
  heard("linked", { self: "+15550100" })
  expect(step()).toEqual({ at: "linked", self: "+15550100" })
})

test("[M10] a lost connection ends what is shown; the next start ends the login that was left", async () => {
  const { gateway, heard, login, open, step } = setUp()
  await open()
  heard("code", { qr: "q" })
  login.disconnected()
  expect(step()).toEqual({ at: "lost", wasLinking: false })
  login.again()
  await settle()
  await gateway.refuse("login.cancel", lost())
  expect(step()).toEqual({ at: "lost", wasLinking: false })
  expect(gateway.waiting).toEqual([])
  login.again()
  await settle()
  expect(await gateway.answer("login.cancel", { cancelled: false })).toEqual({ loginId: "l1" })
  await gateway.refuse("login.start", lost())
  expect(step()).toEqual({ at: "lost", wasLinking: false })
  login.again()
  await settle()
  expect(gateway.waiting).toEqual(["login.start"])
})

test("[M10, E8] an account that was linked while nobody could say so is seen in the health", async () => {
  const { heard, login, open, step } = setUp()
  await open()
  heard("linking")
  login.disconnected()
  expect(step()).toEqual({ at: "lost", wasLinking: true })
  login.healthChanged(linkedHealth("connecting"))
  expect(step()).toEqual({ at: "lost", wasLinking: true })
  login.healthChanged(linkedHealth("open"))
  expect(step()).toEqual({ at: "linked", self: "+15550100" })
})

test("[M10] numbers are read however people write them, and nothing else is", () => {
  for (const typed of ["+31 6 1234-5678", "0031612345678", "+31 (6) 12.34.56.78"]) {
    expect(readPhone(typed)).toBe("+31612345678")
  }
  for (const typed of ["", "0612345678", "+0612345678", "+31", "+316123456789012345", "+31 six"]) {
    expect(readPhone(typed)).toBeUndefined()
  }
})

test("a number is shown without its middle, and a name as it is", () => {
  expect(maskSelf("+31612345612")).toBe("+316 ** ** 12")
  expect(maskSelf("@a_bot")).toBe("@a_bot")
})
