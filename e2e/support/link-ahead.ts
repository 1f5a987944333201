// Links a gateway that has not started yet: writes into its store what a pairing would have left there, for
// tests that are not about linking.

import { join } from "node:path"
import { AREAS } from "../../server/channels/whatsapp/areas.ts"
import { encodeByteJson } from "../../server/channels/whatsapp/byte-json.ts"
import { silentLogger } from "../../server/host/logger.ts"
import { openStore } from "../../server/store/open-store.ts"
import type { WhatsappLab } from "../lab/whatsapp/lab.ts"
import { createLinkedAuth } from "../lab/whatsapp/linked-auth.ts"

export async function linkAhead(
  gateway: { readonly stateDir: string },
  { owner }: WhatsappLab,
): Promise<void> {
  const { auth, preKeys } = await createLinkedAuth(owner)
  const now = Date.now()
  const credentials = { savedAt: now, credentials: auth.creds }
  const keys = Object.entries(preKeys).map(([id, key]) => ({
    area: AREAS.keys,
    key: `pre-key:${id}`,
    value: encodeByteJson(key),
  }))
  const store = openStore({ path: join(gateway.stateDir, "clawdis.db"), log: silentLogger })
  await store.vault.write(
    "whatsapp",
    [{ area: AREAS.credentials, key: "current", value: encodeByteJson(credentials) }, ...keys],
    now,
  )
  await store.close()
}
