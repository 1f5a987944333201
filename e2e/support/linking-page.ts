// What a test of linking sees of the page: the code's picture module by module, what came over the wire,
// and what a screen reader is told.

import { expect, type Page } from "@playwright/test"
import { encode } from "uqr"

interface LoginFrame {
  readonly state: string
  readonly qr?: string
  readonly code?: string
}

/** Must be called before the page is opened. */
export async function watchLinking(page: Page) {
  const logins: LoginFrame[] = []
  page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      const frame = JSON.parse(String(payload)) as { event?: string; payload?: LoginFrame }
      if (frame.event === "login" && frame.payload !== undefined) logins.push(frame.payload)
    })
  })
  await page.addInitScript(() => {
    const said: string[] = []
    Object.assign(globalThis, { said })
    new MutationObserver((records) => {
      const regions = records.map(({ target }) => {
        const element = target instanceof Element ? target : target.parentElement
        return element?.closest("dialog [role=status]")
      })
      for (const region of new Set(regions)) {
        if (region?.textContent) said.push(region.textContent)
      }
    }).observe(document, { subtree: true, childList: true, characterData: true })
  })
  const codes = () => logins.flatMap(({ qr }) => (qr === undefined ? [] : [qr]))

  return {
    logins,
    dialog: page.getByRole("dialog", { name: /^Link / }),
    picture: page.getByRole("img", { name: "QR code to scan with the phone" }),
    /** The texts of all QR codes that came over the wire. */
    codes,
    states: () => [...new Set(logins.map(({ state }) => state))],
    said: () => page.evaluate(() => (globalThis as unknown as { said: string[] }).said),

    /** Waits until the picture shows the code that came as this one, and gives its text. */
    async shown(count: number): Promise<string> {
      await expect
        .poll(async () => {
          const code = codes()[count - 1]
          return code !== undefined && (await readModules(page)) === modulesOf(code)
        })
        .toBe(true)
      return codes()[count - 1] ?? ""
    },
  }
}

/** A row a line, a dark module a `#`, as the encoder of `clawdis login` has them. */
function modulesOf(code: string): string {
  const { data } = encode(code, { ecc: "L", border: 4 })
  return data.map((row) => row.map((isDark) => (isDark ? "#" : ".")).join("")).join("\n")
}

/** The same of what is drawn: the colour in the middle of each module. */
function readModules(page: Page): Promise<string> {
  return page.evaluate(() => {
    const svg = document.querySelector<SVGSVGElement>("svg.qr")
    const ink = svg?.querySelector("path")
    const ground = svg?.querySelector("rect")
    if (!svg || !ink || !ground) return ""
    if (getComputedStyle(ink).fill !== "rgb(0, 0, 0)") return "the ink is not black"
    if (getComputedStyle(ground).fill !== "rgb(255, 255, 255)") return "the ground is not white"
    const { width } = svg.viewBox.baseVal
    const numbers = Array.from({ length: width }, (_, index) => index + 0.5)
    const isDark = (x: number, y: number) => ink.isPointInFill(new DOMPoint(x, y))
    return numbers.map((y) => numbers.map((x) => (isDark(x, y) ? "#" : ".")).join("")).join("\n")
  })
}
