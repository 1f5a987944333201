// A gateway that is linked to the lab WhatsApp, and what tests ask of it again and again.

import { vi } from "vitest"
import type { MethodName, MethodParams, MethodResult } from "#protocol"
import { connectClient } from "../../server/testing/test-client.ts"
import { linkAhead } from "./link-ahead.ts"
import { ADA, createWhatsappRig, type RigOptions } from "./whatsapp-rig.ts"

export async function startLinkedWhatsapp(options: RigOptions = {}) {
  const rig = await createWhatsappRig(options)
  const { gateway, lab } = rig
  await linkAhead(gateway, lab)
  await gateway.start()
  await lab.untilActive()
  await lab.untilSettled()

  /** On a connection of its own. */
  async function ask<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
  ): Promise<MethodResult<M>> {
    const client = await connectClient(gateway.url)
    try {
      return await client.request(method, params)
    } finally {
      await client.close()
    }
  }

  return {
    ...rig,
    ask,

    /** The answer to this question, once it fits. */
    until: <M extends "health" | "status">(method: M, fits: (told: MethodResult<M>) => boolean) =>
      vi.waitFor(
        async () => {
          const told = await ask(method, {} as MethodParams<M>)
          if (!fits(told)) throw new Error(`${method} is ${JSON.stringify(told)}`)
          return told
        },
        { timeout: 60_000, interval: 50 },
      ),

    /** What became of it, an error as well. */
    send: (
      message: string,
      params: Partial<MethodParams<"send">> = {},
    ): Promise<MethodResult<"send"> | Error> =>
      ask("send", { to: ADA, message, idempotencyKey: `key of ${message}`, ...params }).catch(
        (error: Error) => error,
      ),
  }
}

/** Texts that this person got from the gateway, oldest first. */
export function textsOf({
  received,
}: {
  readonly received: readonly { readonly text: string | undefined; readonly byClient: boolean }[]
}): (string | undefined)[] {
  return received.filter(({ byClient }) => byClient).map(({ text }) => text)
}
