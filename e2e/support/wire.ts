// A hand on the page's socket: between page and gateway, frames can be lost, held back or cut off.

import type { Page, WebSocketRoute } from "@playwright/test"

export interface Frame {
  readonly type: string
  readonly event?: string
  readonly method?: string
  readonly payload?: Readonly<Record<string, unknown>>
}

export interface Wire {
  /** Sockets that the page has opened so far. */
  readonly opened: number
  /** What the page has sent, oldest first. */
  readonly sent: readonly Frame[]
  /** The next frame from the gateway that fits does not arrive; resolves when that has happened. */
  lose(fits: (frame: Frame) => boolean): Promise<void>
  /** The page hears nothing more through the sockets that are open now. */
  deafen(): void
  /** As `deafen`, and the gateway hears nothing either. */
  freeze(): void
  /** Ends the open sockets without a goodbye. */
  cut(): Promise<void>
}

/** Must be called before the page is opened. */
export async function tapWire(page: Page): Promise<Wire> {
  const sockets = new Set<TappedSocket>()
  const sent: Frame[] = []
  let opened = 0
  let losing: { fits: (frame: Frame) => boolean; lost: () => void } | undefined

  await page.routeWebSocket(/./, (route) => {
    opened += 1
    const gateway = route.connectToServer()
    const socket = { route, gateway, deaf: false, frozen: false }
    sockets.add(socket)
    route.onMessage((text) => {
      if (socket.frozen) return
      sent.push(JSON.parse(String(text)))
      gateway.send(text)
    })
    gateway.onMessage((text) => {
      if (socket.deaf) return
      if (losing?.fits(JSON.parse(String(text))) === true) {
        losing.lost()
        losing = undefined
      } else route.send(text)
    })
    route.onClose((code, reason) => {
      sockets.delete(socket)
      void gateway.close({
        ...(code !== undefined && { code }),
        ...(reason !== undefined && { reason }),
      })
    })
  })

  return {
    get opened() {
      return opened
    },
    sent,
    lose: (fits) =>
      new Promise((lost) => {
        losing = { fits, lost }
      }),
    deafen() {
      for (const socket of sockets) socket.deaf = true
    },
    freeze() {
      for (const socket of sockets) {
        socket.deaf = true
        socket.frozen = true
      }
    },
    async cut() {
      for (const { gateway, route } of sockets) {
        await gateway.close()
        await route.close()
      }
      sockets.clear()
    },
  }
}

interface TappedSocket {
  readonly route: WebSocketRoute
  readonly gateway: WebSocketRoute
  deaf: boolean
  frozen: boolean
}
