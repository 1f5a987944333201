import { expect, onTestFinished, test } from "vitest"
import { startControl } from "./control.ts"
import { createAuth } from "./linked-auth.ts"
import { connect, startLab, startLinked } from "./start-lab.ts"

async function startRemote<T extends Awaited<ReturnType<typeof startLab>>>(started: T) {
  const control = await startControl(started.lab)
  onTestFinished(() => control.stop())
  const get = async (path: string) => (await fetch(`${control.url}/lab/${path}`)).json()
  const post = async (path: string, body: unknown = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const response = await fetch(`${control.url}/lab/${path}`, { method: "POST", body: text })
    return { status: response.status, body: await response.json() }
  }
  return { ...started, get, post }
}

test("a test in another process links a client and plays the people", async () => {
  const { get, post } = await startRemote(await startLab())
  const auth = createAuth()
  const pairing = connect(auth)
  const { qr } = await pairing.until((update) => update.qr !== undefined)
  expect(await post("scan", { qr })).toEqual({ status: 200, body: true })
  await pairing.closed
  const client = connect(auth)
  expect(await get("until?event=active")).toBe(true)

  const bo = await post("person", { name: "Bo", number: "15550122" })
  expect(bo.body).toMatchObject({ pn: "15550122@s.whatsapp.net" })
  const sent = await post("text", { person: "Bo", text: "hello" })
  const { message } = await client.text("hello")
  expect(message.key.id).toBe(sent.body.id)
  const next = get("next?person=%2B15550122")
  await client.socket.sendMessage(bo.body.pn, { text: "hi Bo" }, { messageId: "REMOTE1" })
  expect(await next).toMatchObject({ id: "REMOTE1", text: "hi Bo", copies: 1 })
  expect(await get("received")).toMatchObject([{ id: "REMOTE1", chat: bo.body.pn }])
})

test("a pairing code can be typed in from afar", async () => {
  const { get, post } = await startRemote(await startLab())
  const pairing = connect(createAuth())
  await pairing.until(({ qr }) => qr !== undefined)
  const code = await pairing.socket.requestPairingCode("15550100")
  await get("until?event=code")
  expect(await post("code", { code: "WRONG123" })).toEqual({
    status: 400,
    body: { error: "The pairing code is wrong." },
  })
  expect(await post("code", { code })).toEqual({ status: 200, body: true })
})

test("media, groups, edits, copies and resends work from afar", async () => {
  const { ada, client, get, post } = await startRemote(await startLinked())
  const group = await post("group", { subject: "Team", people: ["Ada"] })
  await post("text", { person: "Ada", text: "to all", group: group.body.id })
  await client.text("to all")
  await post("change-group", { group: group.body.id, actor: "Ada", subject: "Crew" })
  await post("by-hand", { text: "by hand", person: "Ada" })
  await post("by-hand", { text: "a note" })
  await post("by-hand", { text: "in the group", group: group.body.id })
  for (const text of ["by hand", "a note", "in the group"]) await client.text(text)

  const base64 = Buffer.from("bytes").toString("base64")
  const media = await post("media", { person: "Ada", kind: "document", base64, caption: "here" })
  await client.message(({ key }) => key.id === media.body.id)
  await post("react", { person: "Ada", to: media.body.id, text: "👍" })
  await post("edit", { person: "Ada", to: media.body.id, text: "there" })
  await post("revoke", { person: "Ada", to: media.body.id })
  await post("status", { person: "Ada", text: "on the road" })
  await post("publish", { text: "news" })
  await post("resend", { id: media.body.id })
  await post("repeat", { id: media.body.id })
  await post("burst", { person: "Ada", count: 3 })
  await client.text("burst 3")
  await post("cannot-decrypt", { person: "Ada" })
  await client.socket.sendMessage(ada.pn ?? "", { text: "twice sealed" })
  const received = await get("next?person=Ada&after=1")
  expect(received).toMatchObject({ text: "twice sealed" })
  expect(await post("read", { person: "Ada", id: received.id })).toMatchObject({ status: 200 })
  expect(await post("typing", { person: "Ada", state: "composing" })).toMatchObject({ status: 200 })
})

test("faults are ordered from afar and healed, and what is wrong with a request is said", async () => {
  const { lab, client, get, post } = await startRemote(await startLinked())
  await post("fault", { fault: "ack", ack: { kind: "error", error: 463, times: 2 } })
  await post("fault", { fault: "fail-login", reason: 503 })
  await post("fault", { fault: "admit", as: "refuse" })
  expect(await get("state")).toMatchObject({
    connected: true,
    faults: { admission: "refuse", acks: [{ error: 463, left: 2 }], logins: [{ reason: 503 }] },
  })
  await post("fault", { fault: "heal" })
  expect(lab.state.faults).toMatchObject({ admission: "accept", acks: [], logins: [] })
  await post("fault", { fault: "stream-error", code: 503 })
  expect(await client.closed).toBe(503)

  expect(await post("fault", { fault: "gremlins" })).toMatchObject({ status: 400 })
  expect(await post("text", { person: "Nobody", text: "?" })).toEqual({
    status: 400,
    body: { error: "There is no Nobody in the lab." },
  })
  expect(await post("text", "{")).toMatchObject({ status: 400 })
  expect(await post("nothing")).toMatchObject({ status: 404 })
  expect(await get("next?timeoutMs=1")).toEqual({ error: "Nothing came within 1 ms." })
})
