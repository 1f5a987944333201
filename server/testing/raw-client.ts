// A bare TCP client: bytes out, bytes in, and WebSocket frames made by hand, for what no library sends.

import { once } from "node:events"
import { connect, type Socket } from "node:net"

export interface RawClient {
  readonly socket: Socket
  /** Everything that has arrived. */
  readonly received: () => Buffer
  write(bytes: string | Uint8Array): void
  /** Resolves with all that has arrived once `fits`, and rejects if the socket closes before. */
  until(fits: (text: string) => boolean): Promise<string>
  /** Resolves with all that has arrived when the other end has closed. */
  readonly closed: Promise<Buffer>
  /** Ends it with a reset. */
  reset(): void
}

export async function connectRaw(port: number, address = "127.0.0.1"): Promise<RawClient> {
  const socket = connect(port, address)
  await once(socket, "connect")
  let all = Buffer.alloc(0)
  const closed = new Promise<Buffer>((resolve) => socket.on("close", () => resolve(all)))
  socket.on("data", (chunk: Buffer) => {
    all = Buffer.concat([all, chunk])
  })
  // A reset by the other end is an end like any other.
  socket.on("error", () => undefined)
  return {
    socket,
    received: () => all,
    write: (bytes) => void socket.write(bytes),
    until: (fits) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          socket.off("data", look)
          socket.off("close", fail)
        }
        const look = () => {
          const text = all.toString("latin1")
          if (!fits(text)) return
          stop()
          resolve(text)
        }
        const fail = () => {
          stop()
          reject(new Error(`closed after ${all.toString("latin1")}`))
        }
        socket.on("data", look)
        socket.on("close", fail)
        look()
        if (socket.closed) fail()
      }),
    closed,
    reset: () => void socket.resetAndDestroy(),
  }
}

/** The request that upgrades to a WebSocket, with headers changed or, where undefined, left out. */
export function upgradeRequest(
  headers: Readonly<Record<string, string | readonly string[] | undefined>> = {},
  requestLine = "GET / HTTP/1.1",
): string {
  const all = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each) => `${name}: ${each}`),
  )
  return `${[requestLine, ...lines].join("\r\n")}\r\n\r\n`
}

export interface FrameWords {
  /** 1 text, 2 binary, 0 continuation, 8 close, 9 ping. */
  readonly opcode?: number
  readonly fin?: boolean
}

/** One frame as a client sends it: masked, with a mask of zeros. */
export function clientFrame(payload: string | Uint8Array, words: FrameWords = {}): Buffer {
  const body = typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload)
  const first = ((words.fin ?? true) ? 0x80 : 0) | (words.opcode ?? 1)
  const mask = Buffer.alloc(4)
  if (body.length < 126)
    return Buffer.concat([Buffer.from([first, 0x80 | body.length]), mask, body])
  const long = body.length > 0xffff
  const head = Buffer.alloc(long ? 10 : 4)
  head[0] = first
  head[1] = 0x80 | (long ? 127 : 126)
  if (long) head.writeBigUInt64BE(BigInt(body.length), 2)
  else head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, mask, body])
}

/** The close code in the last frame of what a server sent, if that frame is a close. */
export function closeCodeOf(received: Buffer): number | undefined {
  let at = received.indexOf("\r\n\r\n") + 4
  let code: number | undefined
  while (at + 2 <= received.length) {
    const opcode = (received[at] ?? 0) & 0x0f
    let length = (received[at + 1] ?? 0) & 0x7f
    at += 2
    if (length === 126) {
      length = received.readUInt16BE(at)
      at += 2
    } else if (length === 127) {
      length = Number(received.readBigUInt64BE(at))
      at += 8
    }
    code = opcode === 8 && length >= 2 ? received.readUInt16BE(at) : undefined
    at += length
  }
  return code
}
