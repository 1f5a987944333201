// A gateway process between a lab WhatsApp and a puppet agent, and Ada, who may write to it. For one test.

import { onTestFinished } from "vitest"
import { connectClient } from "../../server/testing/test-client.ts"
import { startWhatsappLab, type WhatsappLabOptions } from "../lab/whatsapp/lab.ts"
import { createGatewayProcess, type GatewayProcess } from "./gateway-process.ts"
import { createPuppeteer } from "./puppeteer.ts"

export const ADA = "+15550111"

export interface RigOptions {
  /** What stands under `channels.whatsapp` beside the list of who may write. */
  readonly whatsapp?: Readonly<Record<string, unknown>>
  /** Further channels. */
  readonly channels?: Readonly<Record<string, unknown>>
  /** Further sections of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly divideBy?: number
  readonly lab?: WhatsappLabOptions
}

/** The gateway is made but neither started nor linked. */
export async function createWhatsappRig(options: RigOptions = {}) {
  const { whatsapp, channels, settings, divideBy } = options
  const lab = await startWhatsappLab(options.lab)
  const puppeteer = await createPuppeteer()
  const gateway = await createGatewayProcess({
    config: {
      agent: puppeteer.config,
      channels: { whatsapp: { allowFrom: [ADA], ...whatsapp }, ...channels },
      ...settings,
    },
    environment: { ...puppeteer.environment, ...lab.environment },
    preloads: [lab.preload],
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

/** Links the running gateway as a person does: a code is shown, and the owner scans it. */
async function linkByQr(
  gateway: GatewayProcess,
  lab: Awaited<ReturnType<typeof startWhatsappLab>>,
): Promise<void> {
  const client = await connectClient(gateway.url)
  await client.request("login.start", { channel: "whatsapp", method: "qr" })
  const shown = await client.event("login", ({ qr }) => qr !== undefined)
  await lab.owner.scan(shown.payload.qr ?? "")
  const end = await client.event("login", ({ state }) => ENDS.has(state))
  const { error, state } = end.payload
  if (state !== "linked") throw new Error(`the login ended ${state}: ${error?.message}`)
  await lab.untilActive()
  await client.close()
}

const ENDS: ReadonlySet<string> = new Set([
  "linked",
  "expired",
  "exhausted",
  "refused",
  "cancelled",
])
