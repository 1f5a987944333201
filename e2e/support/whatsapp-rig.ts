// A gateway process between a lab WhatsApp and a puppet agent, and Ada, who may write to it. For one test.

import { onTestFinished } from "vitest"
import { startWhatsappLab, type WhatsappLabOptions } from "../lab/whatsapp/lab.ts"
import { createGatewayProcess } from "./gateway-process.ts"
import { linkByQr } from "./link-by-qr.ts"
import { createPuppeteer } from "./puppeteer.ts"

export const ADA = "+15550111"

export interface RigOptions {
  /** What stands under `channels.whatsapp` beside the list of who may write. */
  readonly whatsapp?: Readonly<Record<string, unknown>>
  /** Further channels. */
  readonly channels?: Readonly<Record<string, unknown>>
  /** Further sections of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string>>
  /** Modules that are loaded before the gateway's own. */
  readonly preloads?: readonly string[]
  readonly divideBy?: number
  readonly lab?: WhatsappLabOptions
}

/** The gateway is made but neither started nor linked. */
export async function createWhatsappRig(options: RigOptions = {}) {
  const { whatsapp, channels, environment, preloads = [], settings, divideBy } = options
  const lab = await startWhatsappLab(options.lab)
  const puppeteer = await createPuppeteer()
  const gateway = await createGatewayProcess({
    config: {
      agent: puppeteer.config,
      channels: { whatsapp: { allowFrom: [ADA], ...whatsapp }, ...channels },
      ...settings,
    },
    environment: { ...puppeteer.environment, ...lab.environment, ...environment },
    preloads: [lab.preload, ...preloads],
    ...(divideBy !== undefined && { divideBy }),
  })
  onTestFinished(async () => {
    await gateway.remove()
    await puppeteer.close()
    await lab.stop()
  })
  const ada = lab.addPerson({ number: ADA.slice(1), name: "Ada" })
  return { ada, gateway, lab, owner: lab.owner, puppeteer, link: () => linkByQr(gateway, lab) }
}
