// A gateway process between a lab Telegram and a puppet agent, and Ada, who may write to it. For one test.

import { onTestFinished } from "vitest"
import { createTelegramLab } from "../lab/telegram/lab.ts"
import { createGatewayProcess } from "./gateway-process.ts"
import { createPuppeteer } from "./puppeteer.ts"

/** Her id, and so her private chat with the bot. */
export const ADA = 42

/** The gateway is made but not started. */
export async function createTelegramRig() {
  const lab = createTelegramLab()
  await lab.start()
  const puppeteer = await createPuppeteer()
  const gateway = await createGatewayProcess({
    config: {
      agent: puppeteer.config,
      channels: { telegram: { botToken: lab.token, apiRoot: lab.apiRoot, allowFrom: [ADA] } },
    },
    environment: puppeteer.environment,
  })
  onTestFinished(async () => {
    await gateway.remove()
    await puppeteer.close()
    await lab.stop()
  })
  const ada = lab.person({ id: ADA, firstName: "Ada", username: "ada_lab" })
  return { ada, gateway, lab, puppeteer }
}
