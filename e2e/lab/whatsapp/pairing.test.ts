import { expect, test } from "vitest"
import { createAuth } from "./linked-auth.ts"
import { connect, startLab } from "./start-lab.ts"

const NUMBER = "15550100"

test("a client is linked by the code that the owner types in", async () => {
  const { lab, owner, ada } = await startLab()
  const auth = createAuth()
  const pairing = connect(auth)
  await pairing.until(({ qr }) => qr !== undefined)
  const code = await pairing.socket.requestPairingCode(NUMBER)
  await lab.untilCodeAsked()
  await owner.enterCode(`${code.slice(0, 4)}-${code.slice(4)}`)
  expect(await pairing.closed).toBe(515)
  expect(auth.creds).toMatchObject({ registered: true, me: { id: `${NUMBER}:1@s.whatsapp.net` } })

  const client = connect(auth)
  await client.until(({ connection }) => connection === "open")
  await ada.sendText("linked by code")
  await client.text("linked by code")
})

test("a wrong code is refused, and the right one may follow", async () => {
  const { lab, owner } = await startLab()
  const pairing = connect(createAuth())
  await pairing.until(({ qr }) => qr !== undefined)
  const code = await pairing.socket.requestPairingCode(NUMBER, "CLAWDIS1")
  await lab.untilCodeAsked()
  await expect(owner.enterCode("CLAWDIS2")).rejects.toThrow("The pairing code is wrong.")
  expect(lab.state.link).toBeUndefined()
  await owner.enterCode(code)
  expect(await pairing.closed).toBe(515)
})

test("a client that asked for a code and was not linked tries to log in, and is refused", async () => {
  const { lab } = await startLab()
  const auth = createAuth()
  const pairing = connect(auth)
  await pairing.until(({ qr }) => qr !== undefined)
  await pairing.socket.requestPairingCode(NUMBER)
  await lab.untilCodeAsked()
  pairing.socket.end(undefined)
  expect(await connect(auth).closed).toBe(401)
})

test("six QR codes are shown one after the other, then the client gives up", async () => {
  await startLab()
  const pairing = connect(createAuth(), { qrTimeout: 5 })
  expect(await pairing.closed).toBe(408)
  const codes = pairing.updates.flatMap(({ qr }) => qr ?? [])
  expect(new Set(codes).size).toBe(6)
})

test("any of the shown QR codes can be scanned, an unknown one cannot", async () => {
  const { owner } = await startLab()
  const pairing = connect(createAuth())
  const { qr = "" } = await pairing.until((update) => update.qr !== undefined)
  await expect(owner.scan("https://wa.me/settings/linked_devices#2@other,a,b,c,1")).rejects.toThrow(
    "No client waits with this QR code.",
  )
  await owner.scan(qr)
  expect(await pairing.closed).toBe(515)
})

test("linking a second client ends the first", async () => {
  const { lab, owner } = await startLab()
  const first = createAuth()
  const pairing = connect(first)
  await owner.scan((await pairing.until(({ qr }) => qr !== undefined)).qr ?? "")
  await pairing.closed
  const client = connect(first)
  await client.until(({ connection }) => connection === "open")

  const second = connect(createAuth())
  await owner.scan((await second.until(({ qr }) => qr !== undefined)).qr ?? "")
  expect(lab.state.link?.jid).toBe(`${NUMBER}:2@s.whatsapp.net`)
  expect(await client.closed).toBe(401)
})

test("credentials can be linked ahead, without a pairing", async () => {
  const { owner, ada } = await startLab()
  const auth = createAuth()
  Object.assign(auth.creds, owner.linkAhead(auth.creds))
  const client = connect(auth)
  await client.until(({ connection }) => connection === "open")
  await client.socket.sendMessage(ada.pn ?? "", { text: "linked already" })
  await ada.waitForText("linked already")
})
