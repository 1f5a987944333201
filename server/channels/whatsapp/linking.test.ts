import { expect, test } from "vitest"
import type { LinkProgress, LinkRequest } from "../channel.ts"
import { failure } from "../contract.ts"
import { AREAS } from "./areas.ts"
import type { End } from "./disconnect.ts"
import { open, prepare } from "./stub-channel.ts"
import { createLinkedCredentials, OWNER } from "./stub-library.ts"

const QR: LinkRequest = { method: "qr" }
const restart: End = { by: "service", code: 515 }

async function startLinking(
  request: LinkRequest = QR,
  options: Parameters<typeof prepare>[0] = {},
) {
  const kit = await prepare({ linked: false, ...options })
  await kit.channel.start()
  const told: LinkProgress[] = []
  const cancel = new AbortController()
  const linking = kit.channel.linking?.link(request, {
    signal: cancel.signal,
    progress: (progress) => void told.push(progress),
  })
  if (linking === undefined) throw new Error("It cannot be linked.")
  linking.catch(() => undefined)
  await kit.clock.advance(0)
  /** The phone uses the code that is shown. */
  const scan = async () => {
    const { socket } = kit.service
    Object.assign(socket.options.credentials, createLinkedCredentials())
    socket.handlers.credentialsChanged()
    socket.handlers.paired()
    await kit.clock.advance(0)
  }
  return { ...kit, told, cancel, linking, scan }
}

test("[M10] a code is shown, scanned, and the account is linked, saved and connected", async () => {
  const kit = await startLinking()
  expect(kit.channel.health()).toMatchObject({ state: "off", linked: false })
  kit.service.socket.handlers.code("first code")
  expect(kit.told).toEqual([
    { state: "code", qr: "first code", expiresAt: kit.clock.now() + 20_000 },
  ])
  await kit.scan()
  expect(kit.told.at(-1)).toEqual({ state: "linking" })
  kit.service.socket.close(restart)
  await kit.clock.advance(0)
  expect(await kit.linking).toEqual({ self: `+${OWNER}` })
  await kit.clock.advance(0)
  expect(kit.channel.health()).toMatchObject({
    state: "open",
    linked: true,
    self: `+${OWNER}`,
    authAgeMs: 0,
  })
  expect(kit.service.sockets).toHaveLength(2)
  expect(kit.vault.counts).toMatchObject({ [AREAS.credentials]: 1 })
})

test("[M10] nothing is on disk before the account has this device", async () => {
  const kit = await startLinking()
  kit.service.socket.handlers.code("a code")
  kit.service.socket.handlers.credentialsChanged()
  await kit.service.socket.keys.set({ "pre-key": { "1": "key" } })
  await kit.clock.advance(0)
  expect(kit.vault.counts).toEqual({})
})

test("[M10] what is shown stands in no log", async () => {
  const kit = await startLinking()
  kit.service.socket.handlers.code("the-secret-code")
  kit.cancel.abort()
  await kit.clock.advance(1_000)
  expect(kit.lines.join("\n")).not.toContain("the-secret-code")
  expect(JSON.stringify(kit.channel.health())).not.toContain("the-secret-code")
})

test("[M10] a code to type is asked for once, for the number", async () => {
  const kit = await startLinking({ method: "code", phone: "+15550100" })
  kit.service.socket.handlers.code("first ref")
  kit.service.socket.handlers.code("second ref")
  await kit.clock.advance(0)
  expect(kit.told).toEqual([
    { state: "code", code: "ABCD-1234", expiresAt: kit.clock.now() + 120_000 },
  ])
})

test("[WA22] after six codes that nobody used the login has expired", async () => {
  const kit = await startLinking()
  for (let number = 1; number <= 6; number += 1) {
    kit.service.socket.handlers.code(`code ${number}`)
    await kit.clock.advance(20_000)
  }
  kit.service.socket.close({ by: "library", code: 408, cause: "QR refs attempts ended" })
  await kit.clock.advance(0)
  expect(await failure(kit.linking)).toMatchObject({ reason: "login_expired" })
  expect(kit.told).toHaveLength(6)
  expect(kit.service.connected).toBe(false)
  expect(kit.channel.health()).toMatchObject({ state: "off", linked: false })
})

test("[WA22] no more than six codes are shown, however many connections there are", async () => {
  const kit = await startLinking()
  for (let number = 1; number <= 6; number += 1) {
    kit.service.socket.handlers.code(`code ${number}`)
    kit.service.socket.close({ by: "library", code: 428, cause: "closed" })
    await kit.clock.advance(1_000)
    if (!kit.service.connected) break
  }
  expect(await failure(kit.linking)).toMatchObject({ reason: "login_expired" })
  expect(kit.told.length).toBeLessThanOrEqual(6)
})

test("[M10] cancelled: it ends soon, and another one may begin", async () => {
  const kit = await startLinking()
  kit.cancel.abort()
  await kit.clock.advance(1_000)
  expect(await failure(kit.linking)).toMatchObject({ reason: "aborted" })
  expect(kit.service.connected).toBe(false)
  const options = { signal: AbortSignal.abort(), progress: () => undefined }
  const again = failure(kit.channel.linking?.link(QR, options) ?? Promise.resolve())
  await kit.clock.advance(1_000)
  expect(await again).toMatchObject({ reason: "aborted" })
})

test("[M10] once a code was used it is not cancelled any more", async () => {
  const kit = await startLinking()
  kit.service.socket.handlers.code("a code")
  await kit.scan()
  kit.cancel.abort()
  await kit.clock.advance(10_000)
  await kit.clock.advance(1_000)
  expect(await kit.linking).toEqual({ self: `+${OWNER}` })
})

test("[M10] there is one login at a time, and none while an account is linked", async () => {
  const kit = await startLinking()
  const options = { signal: new AbortController().signal, progress: () => undefined }
  expect(await failure(kit.channel.linking?.link(QR, options) ?? Promise.resolve())).toMatchObject({
    reason: "login_in_progress",
  })
  const linked = await open()
  const second = linked.channel.linking?.link(QR, options) ?? Promise.resolve()
  expect(await failure(second)).toMatchObject({ code: "INVALID_REQUEST", reason: "already_linked" })
  expect(linked.service.sockets).toHaveLength(1)
})

test("[M10] a service that refuses ends the login, one that cannot be reached is tried again", async () => {
  const refused = await startLinking(QR)
  refused.service.socket.close({ by: "service", code: 403 })
  await refused.clock.advance(0)
  expect(await failure(refused.linking)).toMatchObject({
    reason: "login_refused",
    details: { providerCode: 403 },
  })

  const unreachable = await startLinking(QR)
  for (let round = 0; round < 4; round += 1) {
    unreachable.service.socket.close({ by: "network", cause: "ENOTFOUND" })
    await unreachable.clock.advance(1_000)
  }
  expect(await failure(unreachable.linking)).toMatchObject({ reason: "not_connected" })
  expect(unreachable.service.sockets).toHaveLength(4)
})

test("[M10] an outdated version is refreshed once for a login, too", async () => {
  const kit = await startLinking(QR, {
    fetch: async () => new Response('"client_revision":1033333333'),
  })
  kit.service.socket.close({ by: "service", code: 405 })
  await kit.clock.advance(1_000)
  expect(kit.service.state.versions).toEqual([undefined, [2, 3000, 1033333333]])
})

test("[M10] unlinking tells the service, forgets the credentials and leaves nothing running", async () => {
  const { channel, clock, service, vault } = await open()
  const unlinking = channel.linking?.unlink()
  await clock.advance(1_000)
  expect(await unlinking).toEqual({ serviceTold: true })
  expect(service.state.loggedOut).toBe(1)
  expect(service.connected).toBe(false)
  expect(channel.health()).toMatchObject({ state: "off", linked: false, authAgeMs: null })
  expect(vault.counts[AREAS.credentials]).toBeUndefined()
  expect(vault.counts[AREAS.keys]).toBeUndefined()
})

test("[M10] unlinking does not wait for a service that cannot be reached, and says so", async () => {
  const { channel, clock, service } = await open()
  Object.assign(service.socket, { logOut: () => new Promise(() => undefined) })
  const unlinking = channel.linking?.unlink()
  await clock.advance(7_000)
  expect(await unlinking).toEqual({ serviceTold: false })
  expect(channel.health()).toMatchObject({ state: "off", linked: false })
})

test("[CR9] unreadable credentials: not linked, failed with the reason, and never a new identity", async () => {
  const first = await open()
  await first.channel.stop()
  first.vault.damage(AREAS.credentials, "current")
  const kit = await prepare({ clock: first.clock, service: first.service, vault: first.vault })
  await kit.channel.start()
  await kit.clock.advance(60_000)
  expect(kit.channel.health()).toMatchObject({
    state: "failed",
    linked: false,
    lastError: "credentials unreadable: A row is damaged. Restore the backup or run clawdis login.",
  })
  expect(kit.loads).toBe(0)
  expect(kit.service.sockets).toHaveLength(1)
})

test("[CR9] credentials that become unreadable while it runs end the connection for good", async () => {
  const { channel, clock, service, vault } = await open()
  vault.damage(AREAS.credentials, "current")
  service.socket.close({ by: "library", code: 428, cause: "closed" })
  await clock.advance(60_000)
  expect(channel.health()).toMatchObject({ state: "failed" })
  expect(channel.health().lastError).toContain("credentials unreadable")
  expect(service.sockets).toHaveLength(1)
})

test("[CR9] a login after unreadable credentials sets them aside", async () => {
  const first = await open()
  await first.channel.stop()
  first.vault.damage(AREAS.credentials, "current")
  const kit = await startLinking(QR, {
    linked: true,
    clock: first.clock,
    service: first.service,
    vault: first.vault,
  })
  kit.service.socket.handlers.code("a code")
  first.vault.heal()
  await kit.scan()
  kit.service.socket.close(restart)
  await kit.clock.advance(1_000)
  expect(await kit.linking).toEqual({ self: `+${OWNER}` })
  expect(kit.vault.counts).toMatchObject({ "credentials-2026-01-01": 1, [AREAS.credentials]: 1 })
})

test("[WA3] a login that nobody uses leaves an account that would be tried again to its tries", async () => {
  const kit = await open()
  const outdated: End = { by: "service", code: 405 }
  kit.service.greet(outdated)
  kit.service.socket.close(outdated)
  await kit.clock.advance(0)
  expect(kit.channel.health()).toMatchObject({ state: "failed", retryAt: expect.any(Number) })
  const cancel = new AbortController()
  const options = { signal: cancel.signal, progress: () => undefined }
  const linking = failure(kit.channel.linking?.link(QR, options) ?? Promise.resolve())
  await kit.clock.advance(0)
  cancel.abort()
  expect(await linking).toMatchObject({ reason: "aborted" })
  await kit.clock.advance(0)
  expect(kit.channel.health()).toMatchObject({ state: "open", self: `+${OWNER}` })
})
