// What no log may hold is looked for in the output of every gateway process; this proves that it is found.

import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, test } from "vitest"
import { createGatewayProcess } from "./support/gateway-process.ts"
import { findLeaksOfProcess } from "./support/leaks.ts"
import { startLinkedWhatsapp } from "./support/linked-whatsapp.ts"

test("[AU28] a test fails whose gateway process prints its token", async () => {
  const gateway = await createGatewayProcess({
    environment: { CLAWDIS_GATEWAY_TOKEN: "a token of this test alone" },
    preloads: ["data:text/javascript,console.log(process.env.CLAWDIS_GATEWAY_TOKEN)"],
  })
  await gateway.start()
  await expect(gateway.remove()).rejects.toThrow("holds a secret")
})

test("[AU28] WhatsApp's keys and people's words are found where they would stand, and stand in no log", async () => {
  const { ada, gateway, puppeteer } = await startLinkedWhatsapp()
  puppeteer.answerAll(() => "We meet at the usual place.")
  const text = "Where do we meet tomorrow evening?"
  await ada.sendText(text)
  await expect.poll(() => puppeteer.prompts.length, { timeout: 20_000 }).toBeGreaterThan(0)
  await gateway.stop()

  const { stateDir } = gateway
  const leaksIn = (output: string) => findLeaksOfProcess({ stateDir, output, settings: [] })
  const [first, ...others] = keysOf(stateDir)
  expect(others.length).toBeGreaterThan(10)
  const key = Buffer.from(first ?? "", "base64")
  for (const form of ["base64", "base64url", "hex"] as const) {
    expect(leaksIn(`noise=${key.toString(form)}`)).toEqual(["line 1 of the log holds a secret"])
  }
  expect(leaksIn(`said ${JSON.stringify(text)}`)).toHaveLength(1)
  const debug = `2026-01-01T00:00:00.000+00:00 debug whatsapp ${text}`
  expect(leaksIn(debug)).toEqual([])
  expect(leaksIn(debug.replace("debug", "info "))).toHaveLength(1)
  expect(leaksIn(gateway.output)).toEqual([])
})

/** In base64: the keys in the credentials of the account, and of its contacts. */
function keysOf(stateDir: string): string[] {
  const database = new DatabaseSync(join(stateDir, "clawdis.db"))
  try {
    const rows = database
      .prepare("SELECT value FROM vault WHERE area IN ('credentials', 'keys')")
      .all()
    return rows.flatMap(({ value }) => {
      const text = Buffer.from(value as Uint8Array).toString("utf8")
      return [...text.matchAll(/"type":"Buffer","data":"([^"]{40,})"/g)].map(
        ([, data]) => data ?? "",
      )
    })
  } finally {
    database.close()
  }
}
