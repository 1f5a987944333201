// The built page without a gateway: its files come from the disk, its one socket ends in a script, and
// its clock can stand. So each state of the page can be shown alike on every machine.

import { readFileSync } from "node:fs"
import { extname, join } from "node:path"
import { expect, type Page, type WebSocketRoute } from "@playwright/test"
import {
  type EventName,
  type EventPayload,
  GatewayError,
  type HelloOk,
  type MethodName,
  toErrorShape,
} from "#protocol"
import { FONT_RULES, FONTS } from "./font.ts"
import { helloOk, NOW } from "./samples.ts"

const PAGE = join(import.meta.dirname, "..", "..", "dist", "web")
/** Nothing is asked for there: every request ends in this file. */
const ADDRESS = "http://127.0.0.1:18788"

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
}

/**
 * What the scripted gateway answers, also later, an error where it refuses, and nothing where that is
 * undefined; a method that is not named is not offered.
 */
export type Answers = { readonly [M in MethodName]?: unknown | ((params: never) => unknown) }

export interface StageOptions {
  readonly answers?: Answers
  /** Instead of the answer to hello; of what gives nothing there is none. */
  readonly refusal?: object | (() => object | undefined)
  readonly hello?: Partial<HelloOk>
  /** The clock stands unless it is asked to run. */
  readonly clock?: "standing" | "running"
  /** Kept by the browser from before. */
  readonly kept?: Readonly<Record<string, string>>
}

export interface Stage {
  readonly page: Page
  say<E extends EventName>(event: E, payload: EventPayload<E>): void
  /** An event does not arrive. */
  lose(): void
  /** The gateway goes away, and nothing that is asked of it is ever answered. */
  cut(): Promise<void>
  /** From now on it is so long after the beginning. */
  wait(ms: number): Promise<void>
}

/** Opens the page; it is connected, or refused, when this resolves. */
export async function openStage(page: Page, options: StageOptions = {}): Promise<Stage> {
  const sockets = new Set<WebSocketRoute>()
  let isAway = false
  let seq = 0

  if (options.clock !== "running") await holdStill(page)
  await page.addInitScript((kept) => {
    for (const [key, value] of Object.entries(kept)) localStorage.setItem(key, value)
  }, options.kept ?? {})
  await page.route("**/*", async (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === "/boot.json") {
      // Without an answer the page goes on trying, and stays as it is; what it is made of is still there.
      if (isAway) return
      return route.fulfill({ json: { gatewayId: "g", version: "0.1.0" } })
    }
    const font = FONTS[pathname]
    if (font !== undefined) return route.fulfill({ path: font, contentType: "font/woff2" })
    const path = join(PAGE, pathname === "/" ? "index.html" : pathname)
    const type = TYPES[extname(path)] ?? "application/octet-stream"
    const isStyle = type === "text/css" && pathname.includes("/index-")
    const body = isStyle ? `${FONT_RULES}${readFileSync(path, "utf8")}` : readFileSync(path)
    return route.fulfill({ body, contentType: type })
  })
  await page.routeWebSocket(/^ws:/, (socket) => {
    if (isAway) return
    sockets.add(socket)
    seq = 0
    socket.onMessage((text) => void answer(socket, JSON.parse(String(text))))
  })

  async function answer(
    socket: WebSocketRoute,
    frame: { type: string; id?: string; method?: string; params?: never },
  ) {
    const send = (reply: object) => socket.send(JSON.stringify(reply))
    if (frame.type === "hello") {
      const { answers = {}, hello, refusal } = options
      if (typeof refusal === "function") {
        const refused = refusal()
        return refused && send(refused)
      }
      return send(refusal ?? { ...helloOk(Object.keys(answers)), ...hello })
    }
    const found = options.answers?.[frame.method as MethodName]
    if (found === undefined) return
    const payload = await (typeof found === "function" ? found(frame.params as never) : found)
    if (payload instanceof Error) {
      const isOwn = payload instanceof GatewayError
      const error = toErrorShape(
        isOwn ? payload : new GatewayError("INVALID_REQUEST", payload.message),
      )
      send({ type: "res", id: frame.id, ok: false, error })
    } else if (payload !== undefined) send({ type: "res", id: frame.id, ok: true, payload })
  }

  await page.goto(ADDRESS)
  if (options.refusal === undefined) {
    await expect(page.locator(".link-status .dot-good")).toBeVisible()
  }

  return {
    page,
    say(event, payload) {
      seq += 1
      for (const socket of sockets) {
        socket.send(JSON.stringify({ type: "event", event, payload, seq }))
      }
    },
    lose() {
      seq += 1
    },
    async cut() {
      isAway = true
      for (const socket of sockets) await socket.close({ code: 1006 })
      sockets.clear()
    },
    wait: (ms) => page.clock.setFixedTime(NOW + ms),
  }
}

/**
 * The time of day stands, chance always says the same, what takes long never comes, and the zones that can
 * be chosen are a few, whichever this browser knows.
 */
async function holdStill(page: Page): Promise<void> {
  await page.clock.setFixedTime(NOW)
  await page.addInitScript(() => {
    Math.random = () => 0.5
    const never = 2 ** 31 - 1
    const { setTimeout: real } = globalThis
    const patient = (action: () => void, ms = 0, ...rest: unknown[]) =>
      real(action, ms >= 2_000 ? never : ms, ...rest)
    Object.assign(globalThis, { setTimeout: patient })
    const zones = ["America/Argentina/Buenos_Aires", "Asia/Tokyo", "Europe/Amsterdam"]
    Object.assign(Intl, { supportedValuesOf: () => zones })
  })
}
