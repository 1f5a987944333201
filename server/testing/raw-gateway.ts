// A real gateway on a free port, and what bare sockets do with it.

import { onTestFinished } from "vitest"
import { clientFrame, connectRaw, type RawClient, upgradeRequest } from "./raw-client.ts"
import { CLOSING, framesOf } from "./raw-frames.ts"
import { type StartedGateway, type StartOptions, startGateway } from "./start-gateway.ts"
import { TEST_HELLO } from "./test-client.ts"

export const HELLO = JSON.stringify({ type: "hello", ...TEST_HELLO })

export interface RawGateway {
  readonly gateway: StartedGateway
  raw(): Promise<RawClient>
  /** A raw client that has said hello. */
  open(): Promise<RawClient>
  /** The whole answer to some bytes, after which the gateway closes. */
  answerTo(bytes: string | Uint8Array): Promise<string>
  /** It lives, takes new clients and answers them. */
  expectAlive(): Promise<void>
}

/** Ends with the test. */
export async function startRawGateway(options: StartOptions = {}): Promise<RawGateway> {
  const gateway = await startGateway(options)
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  return createRawGateway(gateway)
}

/** For a gateway that many tests share. */
export function createRawGateway(gateway: StartedGateway): RawGateway {
  async function raw(): Promise<RawClient> {
    const client = await connectRaw(gateway.port)
    onTestFinished(() => void client.socket.destroy())
    return client
  }
  return {
    gateway,
    raw,
    async open() {
      const client = await raw()
      client.write(upgradeRequest())
      client.write(clientFrame(HELLO))
      await client.until((text) => text.includes('"hello-ok"'))
      return client
    },
    async answerTo(bytes) {
      const client = await raw()
      client.write(bytes)
      return (await client.closed).toString("latin1")
    },
    async expectAlive() {
      const client = await gateway.connect()
      const presence = await client.call("system-presence")
      if (!Array.isArray(presence)) throw new Error("the gateway answers no more")
      await client.close()
    },
  }
}

export interface SeenClose {
  /** Missing if the close frame is empty. */
  readonly code: number | undefined
  readonly reason: string
}

/** How the gateway says goodbye to a client; rejects if it does not. */
export async function closeOf(client: RawClient): Promise<SeenClose> {
  const find = () => framesOf(client.received()).find(({ opcode }) => opcode === CLOSING)
  await client.until(() => find() !== undefined)
  const payload = find()?.payload ?? Buffer.alloc(0)
  if (payload.length < 2) return { code: undefined, reason: "" }
  return { code: payload.readUInt16BE(), reason: payload.subarray(2).toString() }
}
