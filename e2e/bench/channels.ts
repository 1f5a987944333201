// What the gateway adds to a message, on the labs' real wire: beside a bare client of the same library in
// the same run. Usage: pnpm bench:channels [messages]

import { setTimeout as wait } from "node:timers/promises"
import { connectClient } from "../../server/testing/test-client.ts"
import { createTelegramLab } from "../lab/telegram/lab.ts"
import { startWhatsappLab } from "../lab/whatsapp/lab.ts"
import { createGatewayProcess } from "../support/gateway-process.ts"
import { linkByQr } from "../support/link-by-qr.ts"
import { createPuppeteer } from "../support/puppeteer.ts"
import { pollBareTelegram } from "./bare-telegram.ts"
import { startBareWhatsapp } from "./bare-whatsapp.ts"
import { median, residentKiB } from "./measure.ts"

const MESSAGES = Number(process.argv[2] ?? 10_000)
const ROUNDS = 40
const MISSED = 500
const CHAT = 42
const NUMBER = "15550111"

const telegram = createTelegramLab()
await telegram.start()
const whatsapp = await startWhatsappLab()
const puppeteer = await createPuppeteer()
const gateway = await createGatewayProcess({
  divideBy: 1,
  config: {
    agent: puppeteer.config,
    limits: { runsPerSender: { count: 10_000, minutes: 1 } },
    channels: {
      telegram: { botToken: telegram.token, apiRoot: telegram.apiRoot, allowFrom: [CHAT] },
      whatsapp: { allowFrom: [`+${NUMBER}`] },
    },
  },
  environment: { ...puppeteer.environment, ...whatsapp.environment },
  preloads: [whatsapp.preload],
})
const bea = telegram.person({ id: CHAT, firstName: "Bea" })
const ada = whatsapp.addPerson({ number: NUMBER, name: "Ada" })

try {
  await gateway.start()
  await linkByQr(gateway, whatsapp)
  await whatsapp.untilSettled()
  await compareArrivals()
  await measureReconnect()
  await measureMissed()
  await measureMemory()
} finally {
  await gateway.remove()
  await puppeteer.close()
  await telegram.stop()
  await whatsapp.stop()
}

/** From a message at the lab to the first call of the agent, and to a bare client's listener. */
async function compareArrivals(): Promise<void> {
  const bareTelegram = createTelegramLab()
  await bareTelegram.start()
  const bareBea = bareTelegram.person({ id: CHAT, firstName: "Bea" })
  const poller = pollBareTelegram(bareTelegram)
  await compare("Telegram: message to the start of its run", {
    own: () => timeTurn((text) => void bea.say(text)),
    bare: () => timeArrival(poller.next(), (text) => void bareBea.say(text)),
  })
  await poller.stop()
  await bareTelegram.stop()

  const bareLab = await startWhatsappLab()
  const bareAda = bareLab.addPerson({ number: NUMBER, name: "Ada" })
  const bare = await startBareWhatsapp(bareLab)
  await compare("WhatsApp: message to the start of its run", {
    own: () => timeTurn(async (text) => void (await ada.sendText(text))),
    bare: () => timeArrival(bare.next(), async (text) => void (await bareAda.sendText(text))),
  })
  await bare.stop()
  await bareLab.stop()
}

async function timeTurn(say: (text: string) => unknown): Promise<number> {
  const startedAt = performance.now()
  const turn = puppeteer.nextTurn()
  await say("hello")
  const begun = await turn
  const took = performance.now() - startedAt
  begun.answer("")
  await quiet()
  return took
}

async function timeArrival(
  arrived: Promise<unknown>,
  say: (text: string) => unknown,
): Promise<number> {
  const startedAt = performance.now()
  await say("hello")
  await arrived
  return performance.now() - startedAt
}

async function compare(
  what: string,
  { bare, own }: { own: () => Promise<number>; bare: () => Promise<number> },
): Promise<void> {
  const times = { own: [] as number[], bare: [] as number[] }
  await own()
  await bare()
  for (let round = 0; round < ROUNDS; round += 1) {
    times.bare.push(await bare())
    times.own.push(await own())
  }
  const [ours, theirs] = [median(times.own), median(times.bare)]
  print(
    `${what}: ${ours.toFixed(1)} ms beside ${theirs.toFixed(1)} ms of a bare client, ratio ${(ours / theirs).toFixed(2)}`,
  )
}

/** The connection is cut; how long until the service has the gateway back. The first wait is a second. */
async function measureReconnect(): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const startedAt = performance.now()
    whatsapp.faults.terminate()
    await whatsapp.untilDisconnected()
    await whatsapp.untilActive()
    times.push(performance.now() - startedAt)
  }
  print(`WhatsApp: back after a cut in ${median(times).toFixed(0)} ms (the first wait is 1000 ms)`)
}

async function measureMissed(): Promise<void> {
  await gateway.stop()
  for (let index = 0; index < MISSED; index += 1) await ada.sendText(`missed${index}`)
  const startedAt = performance.now()
  const before = puppeteer.prompts.length
  puppeteer.answerAll(() => "ok")
  await gateway.start()
  const heard = () =>
    puppeteer.prompts.slice(before).flatMap((prompt) => prompt.match(/missed[0-9]+/g) ?? [])
  while (heard().length < MISSED) await wait(20)
  const order = heard()
  const inOrder = order.every((word, index) => word === `missed${index}`)
  print(
    `WhatsApp: ${MISSED} missed messages in the agent's turns after ${(performance.now() - startedAt).toFixed(0)} ms, ` +
      `${inOrder ? "each once, in order" : "NOT IN ORDER"}`,
  )
  await quiet()
}

async function measureMemory(): Promise<void> {
  const pid = gateway.pid ?? 0
  const samples: number[] = []
  for (let index = 0; index < MESSAGES; index += 1) {
    if (index % 2 === 0) bea.say(`m${index}`)
    else await ada.sendText(`m${index}`)
    if (index % 50 === 49) await quiet()
    if (index % Math.ceil(MESSAGES / 10) === Math.ceil(MESSAGES / 10) - 1) {
      samples.push(residentKiB(pid))
    }
  }
  const mebibytes = samples.map((kib) => (kib / 1024).toFixed(0)).join(", ")
  const first = samples[1] ?? 1
  print(
    `memory over ${MESSAGES} messages, in tenths: ${mebibytes} MiB, ratio of the last to the second ${((samples.at(-1) ?? 0) / first).toFixed(2)}`,
  )
}

async function quiet(): Promise<void> {
  const client = await connectClient(gateway.url)
  for (;;) {
    const { inbox, outbox, runs } = await client.request("status", {})
    if (inbox.pending + outbox.pending + runs.active + runs.queued === 0) break
    await wait(5)
  }
  await client.close()
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
