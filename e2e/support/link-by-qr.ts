// Links a running gateway as a person does: a code is shown, and the owner of the account scans it.

import { connectClient } from "../../server/testing/test-client.ts"
import type { WhatsappLab } from "../lab/whatsapp/lab.ts"

const ENDS: ReadonlySet<string> = new Set([
  "linked",
  "expired",
  "exhausted",
  "refused",
  "cancelled",
])

/** Resolves when the account is linked and its first messages can come. */
export async function linkByQr(gateway: { readonly url: string }, lab: WhatsappLab): Promise<void> {
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
