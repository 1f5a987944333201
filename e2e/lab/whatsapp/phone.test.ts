import { PassThrough } from "node:stream"
import { text } from "node:stream/consumers"
import { expect, test } from "vitest"
import { createAuth } from "./linked-auth.ts"
import { usePhone } from "./phone.ts"
import { connect, startLab } from "./start-lab.ts"

function startPhone({ lab, ada }: Awaited<ReturnType<typeof startLab>>) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const { signal } = new AbortController()
  const using = usePhone({ lab, person: ada, input, output, signal })
  return {
    type: (line: string) => input.write(`${line}\n`),
    async quit() {
      input.write(":quit\n")
      await using
      output.end()
      return text(output)
    },
  }
}

test("a pasted QR code links the client, a typed line is said, and the answer is printed", async () => {
  const started = await startLab()
  const { lab, ada } = started
  const phone = startPhone(started)
  const auth = createAuth()
  const pairing = connect(auth)
  phone.type((await pairing.until(({ qr }) => qr !== undefined)).qr ?? "")
  await pairing.closed
  const client = connect(auth)
  await lab.untilSettled()

  phone.type("hello")
  await client.text("hello")
  await client.socket.sendPresenceUpdate("composing", ada.pn ?? "")
  await client.socket.sendMessage(ada.pn ?? "", { text: "Hello, Ada" })
  await ada.waitForText("Hello, Ada")
  phone.type(":owner by hand")
  await client.text("by hand")
  phone.type(":note for me")
  await client.text("for me")
  phone.type(":as Bo 15550122")
  phone.type(":group Team")
  phone.type(":mention you there?")
  await client.text("you there?")
  phone.type(":group")
  phone.type(`:send document ${import.meta.filename} look at this`)
  phone.type(":burst 2")
  await client.text("burst 2")
  phone.type(':fault {"fault":"stream-error","code":503}')
  expect(await client.closed).toBe(503)
  phone.type(":fault {}")
  phone.type(":unlink")
  const printed = await phone.quit()
  expect(printed).toContain("… the client is linked\n")
  expect(printed).toContain(`… composing in ${ada.pn}\n`)
  expect(printed).toContain("Olive → Ada: Hello, Ada\n")
  expect(printed).toContain("Bo (15550122@s.whatsapp.net) is at the phone.")
  expect(printed).toMatch(/Sent \d+ bytes\.\n/)
  expect(printed).toContain("Unlinked.")
})

test("a typed pairing code links the client", async () => {
  const started = await startLab()
  const phone = startPhone(started)
  const pairing = connect(createAuth())
  await pairing.until(({ qr }) => qr !== undefined)
  const code = await pairing.socket.requestPairingCode("15550100")
  await started.lab.untilCodeAsked()
  phone.type(`${code.slice(0, 4)}-${code.slice(4)}`)
  expect(await pairing.closed).toBe(515)
  phone.type(":help")
  expect(await phone.quit()).toContain(":fault <json>")
})
