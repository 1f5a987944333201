// Runs the lab for a human: prints how to point the gateway at it, then is the phone.

import { parseArgs } from "node:util"
import { createTelegramLab } from "./lab.ts"
import { usePhone } from "./phone.ts"

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    person: { type: "string", default: "1001" },
    name: { type: "string", default: "Ada" },
  },
})

// Numbers that grow from one lab to the next: a gateway asks for nothing below those that it has seen.
const lab = createTelegramLab({ firstUpdateId: Math.floor(Date.now() / 1_000) })
await lab.start({ port: Number(values.port) })
const person = lab.person({ id: Number(values.person), firstName: values.name })

const telegram = { botToken: lab.token, apiRoot: lab.apiRoot, allowFrom: [String(person.id)] }
console.log(`The lab Telegram server listens at ${lab.apiRoot}. Put this into the gateway's configuration:

${JSON.stringify({ channels: { telegram } }, null, 2)}
`)

const leaving = new AbortController()
process.once("SIGTERM", () => leaving.abort())
process.once("SIGINT", () => leaving.abort())

const { stdin: input, stdout: output } = process
await usePhone({ lab, person, input, output, signal: leaving.signal })
await lab.stop()
