// The parts of the browser that the page is given: clock, socket, boot.json, storage.

import type { Boot, Clock, Socket, SocketListener } from "./gateway.ts"

export const browserClock: Clock = {
  now: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
}

/** A socket to the page's own origin. */
export function openSocket(listener: SocketListener): Socket {
  const address = new URL("/", location.href)
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:"
  const socket = new WebSocket(address)
  socket.onopen = () => listener.opened()
  socket.onmessage = ({ data }) => listener.received(String(data))
  socket.onclose = ({ code, reason }) => listener.closed(code, reason)
  return {
    send: (text) => {
      // A socket that is closing says so by its close.
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close: (code, reason) => socket.close(code, reason),
  }
}

export async function fetchBoot(signal: AbortSignal): Promise<Boot> {
  const response = await fetch("/boot.json", { signal, cache: "no-store" })
  if (!response.ok) throw new Error(`boot.json: ${response.status}`)
  const boot: unknown = await response.json()
  if (!isBoot(boot)) throw new Error("boot.json is not ours")
  return boot
}

function isBoot(value: unknown): value is Boot {
  const boot = value as Partial<Record<keyof Boot, unknown>> | null
  return typeof boot?.gatewayId === "string" && typeof boot.version === "string"
}

/** A key nobody else has. `crypto.randomUUID` is missing on plain http from another machine. */
export function createKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** Takes the token out of the page's own address, so that it is not in the history or on the screen. */
export function takeTokenFromAddress(): string | undefined {
  const found = /[#&]token=([^&]*)/.exec(location.hash)?.[1]
  if (found === undefined) return undefined
  history.replaceState(history.state, "", location.pathname + location.search)
  try {
    return decodeURIComponent(found) || undefined
  } catch {
    return found
  }
}

/** Calls back when the page is hidden or left, which may be the last that it hears. */
export function onHide(action: () => void): void {
  addEventListener("pagehide", action)
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") action()
  })
}

/** Calls back whenever it is worth looking at the connection at once; the result stops that. */
export function onWake(action: () => void): () => void {
  const whenVisible = () => {
    if (document.visibilityState === "visible") action()
  }
  addEventListener("online", action)
  addEventListener("pageshow", action)
  document.addEventListener("visibilitychange", whenVisible)
  return () => {
    removeEventListener("online", action)
    removeEventListener("pageshow", action)
    document.removeEventListener("visibilitychange", whenVisible)
  }
}

/** A file that is dropped where nothing takes it would take the place of the page. */
export function refuseDrops(): void {
  for (const name of ["dragover", "drop"] as const) {
    addEventListener(name, (event) => {
      const { dataTransfer } = event
      if (dataTransfer?.types.includes("Files") !== true) return
      event.preventDefault()
      // Whoever takes it says otherwise after this.
      dataTransfer.dropEffect = "none"
    })
  }
}
