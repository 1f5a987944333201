import { Ajv2020 } from "ajv/dist/2020.js"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import { createJsonSchema } from "../protocol/json-schema.ts"
import { createGatewayProcess } from "./support/gateway-process.ts"

// A client written against the published schema and SPEC.md alone: nothing of this program's client is used.

interface Frame {
  readonly type: string
  readonly id?: string
  readonly ok?: boolean
  readonly event?: string
  readonly payload?: { readonly status?: string; readonly runId?: string; readonly seq?: number }
  readonly seq?: number
}

for (const kind of ["text", "binary"] as const) {
  test(`[T2, H2, A2] a foreign client with ${kind} frames gets hello-ok, ack, events and final, all valid`, async () => {
    const gateway = await createGatewayProcess()
    onTestFinished(() => gateway.remove())
    await gateway.start()
    const isValid = new Ajv2020({ strict: false, allErrors: true }).compile(createJsonSchema())

    const frames: Frame[] = []
    const socket = new WebSocket(gateway.url)
    const say = (frame: unknown) => {
      expect(isValid(frame), JSON.stringify(isValid.errors)).toBe(true)
      const text = JSON.stringify(frame)
      socket.send(kind === "text" ? text : Buffer.from(text))
    }
    const done = new Promise<void>((resolve, reject) => {
      socket.on("error", reject)
      socket.on("close", (code) => reject(new Error(`closed ${code}`)))
      socket.on("message", (data, isBinary) => {
        expect(isBinary).toBe(false)
        const frame = JSON.parse(String(data)) as Frame
        expect(isValid(frame), JSON.stringify([frame, isValid.errors])).toBe(true)
        frames.push(frame)
        if (frame.type === "hello-ok") askEverything()
        if (frame.type === "res" && frame.id === "last") resolve()
        if (frame.type === "res" && frame.id === "run" && frame.payload?.status === "ok") {
          say({ type: "req", id: "last", method: "chat.history", params: { sessionKey: "main" } })
        }
      })
    })
    function askEverything(): void {
      for (const method of ["health", "status", "system-presence"]) {
        say({ type: "req", id: method, method })
      }
      const note = { text: "a note", instanceId: "mac-1", mode: "ui" }
      say({ type: "req", id: "note", method: "system-event", params: note })
      const ask = { message: "status", idempotencyKey: "k", thinking: "default", to: "" }
      say({ type: "req", id: "run", method: "agent", params: ask })
    }
    socket.on("open", () =>
      say({
        type: "hello",
        minProtocol: 1,
        maxProtocol: 1,
        client: {
          name: "foreign",
          version: "2",
          platform: "macos",
          mode: "ui",
          instanceId: "mac-1",
        },
        fromTheFuture: true,
      }),
    )
    await done
    socket.removeAllListeners("close").close()

    const responses = frames.filter(({ type }) => type === "res")
    expect(responses.every(({ ok }) => ok)).toBe(true)
    const [ack, final] = responses.filter(({ id }) => id === "run")
    expect(ack?.payload).toMatchObject({ status: "accepted", sessionKey: "main" })
    expect(final?.payload).toMatchObject({ status: "ok", runId: ack?.payload?.runId })
    const events = frames.filter(({ type }) => type === "event")
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1))
    const run = events.filter(({ event }) => event === "agent")
    expect(run.length).toBeGreaterThan(3)
    expect(frames.indexOf(ack as Frame)).toBeLessThan(frames.indexOf(run[0] as Frame))
    expect(frames.indexOf(final as Frame)).toBeGreaterThan(frames.indexOf(run.at(-1) as Frame))
  })
}
