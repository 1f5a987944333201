// WebSocket frames byte by byte: any a client could send, right or wrong, and those a server has sent.

export interface RawFrame {
  readonly fin?: boolean
  /** The three reserved bits, 0 to 7. */
  readonly rsv?: number
  readonly opcode?: number
  readonly payload?: string | Uint8Array
  /** Missing leaves the frame unmasked. */
  readonly mask?: readonly [number, number, number, number] | undefined
  /** The length in the head, if it is not the payload's. */
  readonly declaredLength?: bigint
}

export const TEXT = 1
export const BINARY = 2
export const CLOSING = 8
export const PING = 9
export const PONG = 10

/** Bytes as people write them down. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex")

const ANY_MASK = [0x37, 0xfa, 0x21, 0x3d] as const

/** One frame, masked as clients must unless told. */
export function rawFrame(frame: RawFrame): Buffer {
  const { declaredLength, fin = true, opcode = TEXT, payload = "", rsv = 0 } = frame
  const mask = "mask" in frame ? frame.mask : ANY_MASK
  const body = Buffer.from(payload as string)
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode]
  const length = declaredLength ?? BigInt(body.length)
  const masked = mask === undefined ? 0 : 0x80
  if (length < 126n) head.push(masked | Number(length))
  else if (length < 65_536n) head.push(masked | 126, Number(length) >> 8, Number(length) & 0xff)
  else {
    head.push(masked | 127)
    for (let shift = 56n; shift >= 0n; shift -= 8n) head.push(Number((length >> shift) & 0xffn))
  }
  if (mask !== undefined) {
    for (let at = 0; at < body.length; at += 1) {
      body[at] = (body[at] ?? 0) ^ (mask[at % 4] ?? 0)
    }
  }
  return Buffer.concat([Buffer.from([...head, ...(mask ?? [])]), body])
}

export function closeFrame(code?: number, reason: string | Uint8Array = ""): Buffer {
  if (code === undefined) return rawFrame({ opcode: CLOSING })
  const payload = Buffer.concat([
    Buffer.from([code >> 8, code & 0xff]),
    Buffer.from(reason as string),
  ])
  return rawFrame({ opcode: CLOSING, payload })
}

/** A message in fragments, cut at these places. */
export function fragments(
  payload: string | Uint8Array,
  cuts: readonly number[],
  opcode = TEXT,
): Buffer[] {
  const body = Buffer.from(payload as string)
  const ends = [...cuts, body.length]
  return ends.map((end, index) =>
    rawFrame({
      opcode: index === 0 ? opcode : 0,
      fin: index === ends.length - 1,
      payload: body.subarray(ends[index - 1] ?? 0, end),
    }),
  )
}

export interface ReceivedFrame {
  readonly fin: boolean
  readonly opcode: number
  readonly payload: Buffer
}

/** The whole frames behind the answer to the upgrade. */
export function framesOf(received: Buffer): ReceivedFrame[] {
  const head = received.indexOf("\r\n\r\n")
  const frames: ReceivedFrame[] = []
  let at = head < 0 ? received.length : head + 4
  while (at + 2 <= received.length) {
    const first = received[at] ?? 0
    const short = (received[at + 1] ?? 0) & 0x7f
    const start = at + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0)
    if (start > received.length) break
    const length =
      short === 126
        ? received.readUInt16BE(at + 2)
        : short === 127
          ? Number(received.readBigUInt64BE(at + 2))
          : short
    if (start + length > received.length) break
    frames.push({
      fin: first >= 0x80,
      opcode: first & 0x0f,
      payload: received.subarray(start, start + length),
    })
    at = start + length
  }
  return frames
}
