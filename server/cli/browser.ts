// Opens an address in the person's browser. Other users of the machine can read the command lines of
// programs, so an address with a token is not put there: the browser gets one that works once and leads on.

import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { findExecutable } from "../agent/acp/executable.ts"
import type { Environment } from "../host/paths.ts"

export interface BrowserOptions {
  readonly environment: Environment
  readonly platform: string
  /** How long the browser may take to ask. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Why it could not be opened, for the person, who has the address; undefined if it was. */
export async function openInBrowser(
  address: string,
  options: BrowserOptions,
): Promise<string | undefined> {
  const opener = await findOpener(options)
  if (opener === undefined) return "No browser can be started here; open the address where one is."
  if (!address.includes("#")) return start(opener, address)
  const { taken, url, stop } = await lendAddress(address, options)
  try {
    return (await start(opener, url)) ?? (await taken)
  } finally {
    stop()
  }
}

/** What opens addresses on this system, if there is a screen to show them on. */
async function findOpener({ environment, platform }: BrowserOptions): Promise<string | undefined> {
  const isSet = (name: string) => (environment[name] ?? "") !== ""
  const hasScreen = isSet("DISPLAY") || isSet("WAYLAND_DISPLAY")
  const names =
    platform === "darwin"
      ? isSet("SSH_CONNECTION")
        ? []
        : ["open"]
      : [...(isSet("WSL_DISTRO_NAME") ? ["wslview"] : []), ...(hasScreen ? ["xdg-open"] : [])]
  const place = { path: environment["PATH"] ?? "", cwd: "/" }
  for (const name of names) {
    const file = await findExecutable(name, place)
    if (file !== undefined) return file
  }
  return undefined
}

/** The opener may become the browser itself, so nobody waits for its end. */
async function start(opener: string, url: string): Promise<string | undefined> {
  const child = spawn(opener, [url], { detached: true, stdio: "ignore" })
  try {
    await once(child, "spawn")
    return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `The browser could not be started (${why}); open the address by hand.`
  } finally {
    child.unref()
  }
}

async function lendAddress(address: string, { timeoutMs, signal }: BrowserOptions) {
  const path = `/${randomUUID()}`
  const { promise: taken, resolve } = Promise.withResolvers<string | undefined>()
  let lent = false
  const server = createServer((request, response) => {
    const isIt = request.method === "GET" && request.url === path && !lent
    response.setHeader("Connection", "close")
    response.setHeader("Cache-Control", "no-store")
    response.setHeader("Referrer-Policy", "no-referrer")
    if (!isIt) {
      response.writeHead(404).end()
      return
    }
    lent = true
    response.writeHead(302, { Location: address }).end(() => resolve(undefined))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const giveUp = () => resolve("The browser did not ask for the page; open the address by hand.")
  const timer = setTimeout(giveUp, timeoutMs)
  signal.addEventListener("abort", giveUp, { once: true })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    taken,
    stop() {
      clearTimeout(timer)
      signal.removeEventListener("abort", giveUp)
      server.close()
    },
  }
}
