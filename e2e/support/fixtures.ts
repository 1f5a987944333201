// What a test of the page is given: gateways of its own, the strings of their agent, and a browser
// in which nothing may go wrong unnoticed.

import { type BrowserContext, test as base, expect } from "@playwright/test"
import { createFrameEar, type FrameEar } from "../../server/testing/frame-ear.ts"
import { tapSockets } from "../../server/testing/socket-tap.ts"
import { type ChatPage, createChatPage } from "./chat-page.ts"
import {
  createGatewayProcess,
  type GatewayProcess,
  type GatewayProcessOptions,
} from "./gateway-process.ts"
import { createPuppeteer, type Puppeteer } from "./puppeteer.ts"

interface Fixtures {
  readonly puppeteer: Puppeteer
  /** Starts a gateway whose agent hangs on the puppeteer's strings, once it is prepared. */
  readonly startGateway: (
    options?: GatewayProcessOptions,
    prepare?: (gateway: GatewayProcess) => Promise<void>,
  ) => Promise<GatewayProcess>
  readonly gateway: GatewayProcess
  /** The page, open and connected. */
  readonly chat: ChatPage
}

export const test = base.extend<Fixtures, { readonly frameEar: FrameEar }>({
  // Also hears the clients that tests connect themselves.
  frameEar: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here, also for nothing.
    async ({}, use) => {
      const ear = createFrameEar()
      const stop = tapSockets(ear, "client")
      await use(ear)
      stop()
    },
    { scope: "worker", auto: true },
  ],

  context: async ({ context, frameEar }, use) => {
    const complaints = listen(context)
    listenToSockets(context, frameEar)
    await use(context)
    expect(complaints, "complaints of the browser").toEqual([])
    expect(frameEar.takeProblems(), "frames that the schema does not allow").toEqual([])
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here, also for nothing.
  puppeteer: async ({}, use) => {
    const puppeteer = await createPuppeteer()
    await use(puppeteer)
    await puppeteer.close()
  },

  startGateway: async ({ puppeteer }, use) => {
    const started: GatewayProcess[] = []
    await use(async (options = {}, prepare = async () => undefined) => {
      const gateway = await createGatewayProcess({
        ...options,
        config: { agent: puppeteer.config, ...options.config },
        environment: { ...puppeteer.environment, ...options.environment },
      })
      started.push(gateway)
      await prepare(gateway)
      await gateway.start()
      return gateway
    })
    for (const gateway of started) await gateway.remove()
  },

  gateway: async ({ startGateway }, use) => {
    await use(await startGateway())
  },

  chat: async ({ gateway, page }, use) => {
    const chat = createChatPage(page)
    await chat.open(gateway)
    await use(chat)
  },
})

/** What Chromium says by itself when a gateway is away; a page cannot prevent it. */
const AWAY = /net::ERR_|WebSocket connection to|status of 503/

/** Errors in the console, which breaches of the content security policy are too, and requests to anyone else. */
function listen(context: BrowserContext): readonly string[] {
  const complaints: string[] = []
  context.on("console", (message) => {
    const isComplaint = message.type() === "error" || message.type() === "warning"
    if (isComplaint && !AWAY.test(message.text())) complaints.push(message.text())
  })
  context.on("weberror", (error) => complaints.push(String(error.error())))
  context.on("request", (request) => {
    const { hostname, href } = new URL(request.url())
    if (hostname !== "127.0.0.1") complaints.push(`request to ${href}`)
  })
  return complaints
}

/** Hears every socket to a gateway, also one that a test has tampered with: it is heard before that. */
function listenToSockets(context: BrowserContext, ear: FrameEar): void {
  context.on("page", (page) => {
    page.on("websocket", (socket) => {
      const connection = ear.connection()
      socket.on("framereceived", ({ payload }) => connection.fromGateway(String(payload)))
      socket.on("framesent", ({ payload }) => connection.fromClient(String(payload)))
    })
  })
}

export { expect }
