import { type ApiClientOptions, Bot } from "grammy"
import { onTestFinished } from "vitest"
import { createTelegramLab, type TelegramLabOptions } from "./lab.ts"

/** A lab on a free port, a grammY bot that talks to it, and Ada, who does so too. For one test. */
export async function startLab(options: TelegramLabOptions = {}) {
  const lab = createTelegramLab(options)
  await lab.start()
  onTestFinished(() => lab.stop())
  const createBot = (token = lab.token, client: ApiClientOptions = {}) =>
    new Bot(token, { client: { apiRoot: lab.apiRoot, ...client } })
  const ada = lab.person({ id: 42, firstName: "Ada", username: "ada_lab" })
  return { lab, ada, bot: createBot(), createBot }
}
