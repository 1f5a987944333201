// Runs the lab for a human: prints how to link the gateway to it, then is the phone.

import { parseArgs } from "node:util"
import { startControl } from "./control.ts"
import { startWhatsappLab } from "./lab.ts"
import { usePhone } from "./phone.ts"

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    control: { type: "string", default: "0" },
    owner: { type: "string", default: "15550100" },
    person: { type: "string", default: "15550111" },
    name: { type: "string", default: "Ada" },
  },
})

const lab = await startWhatsappLab({
  port: Number(values.port),
  owner: { number: values.owner, name: "Olive" },
})
const control = await startControl(lab, { port: Number(values.control) })
const person = lab.addPerson({ number: values.person, name: values.name })
const environment = Object.entries(lab.environment).map(
  ([name, value]) => `export ${name}=${value}`,
)

console.log(`The lab WhatsApp server listens at ${lab.url}; its control plane at ${control.url}/lab/.
The account to link is that of Olive, +${values.owner}.

1. Put this into the gateway's configuration:

${JSON.stringify({ channels: { whatsapp: { allowFrom: [`+${values.person}`] } } }, null, 2)}

2. In another terminal, in this folder, say where WhatsApp is, then start the gateway:

${environment.join("\n")}
export NODE_OPTIONS='--import ${lab.preload}'
bin/clawdis gateway

3. In a third one, without these variables: bin/clawdis login --code --phone +${values.owner}. Type that code here.
   By QR code: bin/clawdis login --json prints its text behind "qr". Paste that here within 20 seconds.
`)

const leaving = new AbortController()
process.once("SIGTERM", () => leaving.abort())
process.once("SIGINT", () => leaving.abort())

const { stdin: input, stdout: output } = process
await usePhone({ lab, person, input, output, signal: leaving.signal })
await control.stop()
await lab.stop()
