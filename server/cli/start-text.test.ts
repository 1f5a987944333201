import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { explainPort, explainWebchat } from "./start-text.ts"

const TIMEOUT_MS = 5_000

function explain(wanted: number, code: string, bind = "127.0.0.1"): Promise<string> {
  const webchatError = Object.assign(new Error(`listen ${code}: as the system says`), { code })
  const config = { gateway: { bind }, webchat: { port: wanted } }
  return explainWebchat(config, { port: 18_789, webchatError }, TIMEOUT_MS)
}

test("[WC13] a WebChat port that somebody has is taken", async () => {
  const server = createServer().listen(0, "127.0.0.1")
  onTestFinished(() => void server.close())
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  // lsof does not list the process that asks.
  expect(await explain(port, "EADDRINUSE")).toBe(
    `the WebChat port ${port} is taken; the page is at http://127.0.0.1:18789/`,
  )
})

test("[WC13] a WebChat port that this user may not have is not taken", async () => {
  const text = await explain(80, "EACCES", "::1")
  expect(text).toContain("the WebChat port 80 cannot be opened: this user may not listen there")
  expect(text).toContain("the page is at http://[::1]:18789/")
  expect(text).not.toContain("is taken")
})

test("[WC13] any other failure of the WebChat port is told as the system tells it", async () => {
  expect(await explain(80, "EADDRNOTAVAIL")).toContain(
    "the WebChat port 80 cannot be opened: listen EADDRNOTAVAIL: as the system says; the page",
  )
})

test("[CR14] a control port that this user may not have is not another gateway's", async () => {
  const error = Object.assign(new Error("listen EACCES"), { code: "EACCES" })
  const text = await explainPort("::1", 80, error, TIMEOUT_MS)
  expect(text).toContain("cannot listen on [::1]:80: this user may not listen there (EACCES)")
})
