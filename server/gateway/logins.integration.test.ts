import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { LogFields, Logger } from "../host/logger.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"
import type { TestClient } from "../testing/test-client.ts"

const SECRET = "2@a-code-that-nobody-else-may-see"
const START = { channel: "memory", method: "qr" } as const

/** A log that keeps every word, whatever its level. */
function createListeningLog() {
  const lines: string[] = []
  const write = (message: string, fields?: LogFields) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Logger = { debug: write, info: write, warn: write, error: write, area: () => log }
  return { log, lines }
}

/** The steps of this client's login, in the order of their arrival. */
const statesOf = (client: TestClient) =>
  client.events.flatMap((frame) => (frame.event === "login" ? [frame.payload.state] : []))

const stepOf = (client: TestClient, state: string) =>
  client.event("login", (payload) => payload.state === state)

async function phoneOf({ channel }: StartedGateway) {
  while (channel.login === undefined) await new Promise((resolve) => setImmediate(resolve))
  return channel.login
}

test("[M10, E1] a login is told to the connection that asked, after its answer, and to no other", async () => {
  await using gateway = await startGateway({ needsLink: true })
  const client = await gateway.connect({ caps: ["runs"] })
  const other = await gateway.connect({ caps: ["runs"] })
  const { loginId } = await client.request("login.start", START)
  await stepOf(client, "preparing")
  const answer = client.received.findIndex((text) => text.includes('"type":"res"'))
  const first = client.received.findIndex((text) => text.includes('"event":"login"'))
  expect(first).toBeGreaterThan(answer)

  const phone = await phoneOf(gateway)
  phone.show({ qr: SECRET, expiresAt: Date.now() + 20_000 })
  expect((await stepOf(client, "code")).payload).toMatchObject({ loginId, qr: SECRET })
  phone.linking()
  phone.linked("+15550100000")
  expect((await stepOf(client, "linked")).payload).toMatchObject({ self: "+15550100000" })
  expect(statesOf(client)).toEqual(["preparing", "code", "linking", "linked"])
  expect(client.gaps).toEqual([])

  const { payload } = await other.event(
    "health",
    (health) => health.channels["memory"]?.linked === true,
  )
  expect(payload.channels["memory"]).toMatchObject({ state: "open", self: "+15550100000" })
  expect(statesOf(other)).toEqual([])
})

test("[M10] a code is in no log, presence entry, health snapshot or storage, nor at another client", async () => {
  const { lines, log } = createListeningLog()
  await using gateway = await startGateway({ needsLink: true, log })
  const client = await gateway.connect()
  const other = await gateway.connect({ caps: ["runs"] })
  await client.request("login.start", START)
  const phone = await phoneOf(gateway)
  phone.show({ qr: SECRET, expiresAt: Date.now() + 20_000 })
  await stepOf(client, "code")
  const asked = [
    await other.request("health", {}),
    await other.request("status", {}),
    await other.request("system-presence", {}),
    await other.call("login.start", START).catch((error: unknown) => error),
    (await gateway.connect()).helloOk,
  ]
  expect(await other.request("login.cancel", {})).toEqual({ cancelled: true })
  await stepOf(client, "cancelled")
  await gateway.end()

  const entries = await readdir(gateway.stateDir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  expect(files.map(({ name }) => name)).toContain("clawdis.db")
  const stored = await Promise.all(
    files.map(({ name, parentPath }) => readFile(join(parentPath, name), "latin1")),
  )
  expect(lines.join("\n")).toContain("the login is over")
  for (const text of [
    ...lines,
    ...other.received,
    ...stored,
    ...asked.map((it) => JSON.stringify(it)),
  ]) {
    expect(text.includes(SECRET)).toBe(false)
  }
})

test("[M10] the second of two logins is told who holds the first", async () => {
  await using gateway = await startGateway({ needsLink: true })
  const client = await gateway.connect({
    client: { name: "terminal", version: "1", platform: "test", mode: "cli" },
  })
  await client.request("login.start", START)
  const other = await gateway.connect()
  await expect(other.request("login.start", START)).rejects.toMatchObject({
    code: "UNAVAILABLE",
    retryable: true,
    details: {
      reason: "login_in_progress",
      holder: { client: "terminal", mode: "cli", channel: "memory" },
    },
  })
})

test("[M10] a login whose connection is lost is cancelled, and another can begin", async () => {
  await using gateway = await startGateway({ needsLink: true, timings: { loginOrphanMs: 10 } })
  const client = await gateway.connect()
  await client.request("login.start", START)
  await phoneOf(gateway)
  client.webSocket.terminate()
  await client.closed
  const other = await gateway.connect()
  while (gateway.channel.login !== undefined) await new Promise((resolve) => setImmediate(resolve))
  await other.request("login.start", START)
})

test("[M10, D1] a gateway that stops cancels the login and says so before it closes", async () => {
  await using gateway = await startGateway({ needsLink: true })
  const client = await gateway.connect()
  await client.request("login.start", START)
  await phoneOf(gateway)
  await gateway.end()
  await client.closed
  expect(statesOf(client).at(-1)).toBe("cancelled")
})

test("[M10] a logout is told by the health of the channel, and the second finds nothing", async () => {
  await using gateway = await startGateway({ needsLink: true })
  const client = await gateway.connect()
  await client.request("login.start", START)
  const phone = await phoneOf(gateway)
  phone.linked("+15550100000")
  await client.event("health", (health) => health.channels["memory"]?.linked === true)
  const logout = () => client.request("logout", { channel: "memory" })
  expect(await logout()).toEqual({ channel: "memory", loggedOut: true })
  await client.event("health", (health) => health.channels["memory"]?.linked === false)
  expect(await logout()).toEqual({ channel: "memory", loggedOut: false })
})

test("[M10] params that do not fit are refused before anything begins", async () => {
  await using gateway = await startGateway({ needsLink: true })
  const client = await gateway.connect()
  for (const params of [
    { channel: "memory", method: "code" },
    { channel: "memory", method: "code", phone: "0555" },
    { channel: "memory", method: "sms" },
    { channel: "pigeon", method: "qr" },
  ]) {
    await expect(client.call("login.start", params)).rejects.toMatchObject({
      code: "INVALID_REQUEST",
    })
  }
  expect(gateway.channel.login).toBeUndefined()
})
