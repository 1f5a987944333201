// A client of the real protocol over a real WebSocket, for tests. It remembers every frame it has seen.

import { WebSocket } from "ws"
import {
  type AgentAck,
  type ClientSignal,
  createProtocolClient,
  type EventFrame,
  type Hello,
  type HelloOk,
  type MethodName,
  type MethodParams,
  type MethodResult,
} from "#protocol"

export interface TestClient {
  readonly webSocket: WebSocket
  readonly helloOk: HelloOk
  readonly events: readonly EventFrame[]
  readonly gaps: readonly number[]
  /** Every text that arrived, in order. */
  readonly received: readonly string[]
  request<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    onAck?: (ack: AgentAck) => void,
  ): Promise<MethodResult<M>>
  /** Any method with any params. */
  call(method: string, params?: unknown, onAck?: (ack: AgentAck) => void): Promise<unknown>
  /** The first event, seen already or yet to come, that fits. */
  event<E extends EventFrame["event"]>(
    name: E,
    fits?: (payload: Extract<EventFrame, { event: E }>["payload"]) => boolean,
  ): Promise<Extract<EventFrame, { event: E }>>
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  close(): Promise<void>
}

export const TEST_HELLO: Omit<Hello, "type"> = {
  minProtocol: 1,
  maxProtocol: 1,
  client: { name: "test", version: "1.0.0", platform: "test", mode: "test" },
}

/** Resolves after hello-ok; rejects with the hello-error or the close. */
export async function connectClient(
  url: string,
  hello: Partial<Omit<Hello, "type">> = {},
): Promise<TestClient> {
  const webSocket = new WebSocket(url)
  const events: EventFrame[] = []
  const gaps: number[] = []
  const received: string[] = []
  const watchers = new Set<() => void>()
  const ready = Promise.withResolvers<HelloOk>()
  const closed = Promise.withResolvers<{ code: number; reason: string }>()

  function on(signal: ClientSignal): void {
    if (signal.kind === "ready") ready.resolve(signal.helloOk)
    if (signal.kind === "refused") ready.reject(new Error(signal.helloError.reason))
    if (signal.kind === "gap") gaps.push(signal.lost)
    if (signal.kind === "event") {
      events.push(signal.frame)
      for (const look of [...watchers]) look()
    }
  }

  const client = createProtocolClient({
    hello: { ...TEST_HELLO, ...hello },
    send: (text) => webSocket.send(text),
    on,
  })
  webSocket.on("open", () => client.opened())
  webSocket.on("message", (data) => {
    received.push(String(data))
    client.receive(String(data))
  })
  webSocket.on("error", ready.reject)
  webSocket.on("close", (code, reason) => {
    client.closed(`closed ${code}`)
    ready.reject(new Error(`closed ${code} ${reason}`))
    closed.resolve({ code, reason: String(reason) })
  })
  const helloOk = await ready.promise

  return {
    webSocket,
    helloOk,
    events,
    gaps,
    received,
    request: (method, params, onAck) =>
      client.request(method, params, {
        onAck: (ack) => onAck?.(ack as AgentAck),
      }).result,
    call: (method, params, onAck) => client.call(method, params, onAck).result,
    event: (name, fits = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.find((frame) => frame.event === name && fits(frame.payload as never))
          if (found === undefined) return
          watchers.delete(look)
          resolve(found as never)
        }
        watchers.add(look)
        look()
      }),
    closed: closed.promise,
    async close() {
      webSocket.close()
      await closed.promise
    },
  }
}
