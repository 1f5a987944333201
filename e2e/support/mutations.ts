// What a broken or hostile client might send: right frames and upgrade requests with something changed. The
// same chance gives the same bytes.

import { hello, params } from "../../protocol/testing/samples.ts"
import { upgradeRequest } from "../../server/testing/raw-client.ts"
import {
  closeFrame,
  fragments,
  PING,
  PONG,
  rawFrame,
  TEXT,
} from "../../server/testing/raw-frames.ts"
import type { Chance } from "./random.ts"

/** What one socket does. */
export interface Attack {
  readonly bytes: Buffer
  /** How many requests and frames of it are somebody's invention. */
  readonly inputs: number
  /** How it ends: politely, by a reset, or by waiting for the other end. */
  readonly end: "half-close" | "reset" | "linger"
  /** It is sent in so many pieces. */
  readonly pieces: number
}

const HELLO = { ...hello, auth: undefined }
const REQUESTS = Object.entries(params).map(([method, each]) => ({
  type: "req",
  id: method,
  method,
  params: each,
}))
const MAX_FRAMES = 24

/** Values that schemas, parsers and databases stumble over. */
const ODD: readonly unknown[] = [
  null,
  true,
  "",
  " ",
  0,
  -0,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  1e308,
  [],
  {},
  [[]],
  { id: 1 },
  ["x".repeat(300)],
  "x".repeat(129),
  "\0",
  "\ud800",
  "\u202e\u200b",
  "👩‍👩‍👧",
  "../../etc/passwd",
  "__proto__",
  "main",
  "web:1",
  "whatsapp:+15550100",
  "+15550100",
  "http://127.0.0.1/",
  "file:///etc/passwd",
]
const KEYS = ["__proto__", "constructor", "toString", "type", "id", "params", "", "x", "\0"]
const TOKENS = [
  "{",
  "}",
  "[",
  "]",
  '"',
  "\\",
  ",",
  ":",
  "null",
  "1e400",
  "-",
  "\\u0000",
  "\ud800",
  "[".repeat(70),
  '{"a":'.repeat(70),
  "\u2028",
  "NaN",
  "/*",
  "\0",
]
const HEADERS = [
  "Host",
  "Origin",
  "Upgrade",
  "Connection",
  "Sec-WebSocket-Version",
  "Sec-WebSocket-Key",
  "Sec-WebSocket-Protocol",
  "Sec-WebSocket-Extensions",
  "Content-Length",
  "Transfer-Encoding",
  "X-Forwarded-For",
  "Sec-Fetch-Site",
  "Expect",
  "Cookie",
]
const VALUES = [
  "",
  "127.0.0.1",
  "localhost:1",
  "evil.example",
  "websocket",
  "h2c",
  "Upgrade",
  "close",
  "13",
  "8",
  "0",
  "99999999999999999999",
  "chunked",
  "gzip",
  "permessage-deflate",
  "a, b",
  "100-continue",
  "cross-site",
  "dGhlIHNhbXBsZSBub25jZQ==",
  "x".repeat(500),
  "x".repeat(17_000),
]
const LINES = [
  "GET / HTTP/1.1",
  "GET / HTTP/1.0",
  "HEAD / HTTP/1.1",
  "POST / HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "GET // HTTP/1.1",
  "GET /boot.json HTTP/1.1",
  "GET /%zz HTTP/1.1",
  "GET /?token=x HTTP/1.1",
  "GET http://127.0.0.1/ HTTP/1.1",
  "CONNECT x:1 HTTP/1.1",
  "GET / HTTP/2.0",
  "GET /",
  "PRI * HTTP/2.0",
  "\u0016\u0003\u0001",
]

export function createAttacks(chance: Chance): () => Attack {
  const isOne = (in_: number) => chance.between(1, in_) === 1
  const pick = <Item>(items: readonly Item[]): Item =>
    items[chance.between(0, items.length - 1)] as Item

  function attack(): Attack {
    const parts: Buffer[] = []
    const isHttp = isOne(6)
    parts.push(
      isHttp ? mutateBytes(Buffer.from(anyRequest(), "latin1"), 6) : Buffer.from(upgradeRequest()),
    )
    const strange = !isHttp && isOne(4)
    parts.push(strange ? anyFrame(HELLO) : rawFrame({ payload: JSON.stringify(HELLO) }))
    const frames = isHttp ? chance.between(0, 2) : chance.between(1, MAX_FRAMES)
    // What breaks the wire ends it, so most of an attack does not: else nobody would hear the rest.
    for (let each = 1; each <= frames; each += 1) {
      const isWild = isOne(each === frames ? 2 : 24)
      parts.push(isWild ? anyFrame(anyOfRequests()) : anyTameFrame(anyOfRequests()))
    }
    return {
      bytes: Buffer.concat(parts),
      inputs: (isHttp ? 1 : 0) + (strange ? 1 : 0) + frames,
      end: pick(["half-close", "half-close", "half-close", "reset", "linger"]),
      pieces: isOne(4) ? chance.between(2, 6) : 1,
    }
  }

  /** Often with some of its params only: all together are seldom allowed. */
  function anyOfRequests(): object {
    const frame = pick(REQUESTS)
    if (isOne(2)) return frame
    return {
      ...frame,
      params: Object.fromEntries(Object.entries(frame.params).filter(() => isOne(2))),
    }
  }

  function anyRequest(): string {
    const headers: Record<string, string | string[] | undefined> = {}
    for (let each = chance.between(0, 3); each > 0; each -= 1) {
      const value = pick([pick(VALUES), undefined, [pick(VALUES), pick(VALUES)]])
      headers[pick(HEADERS)] = value as string | string[] | undefined
    }
    const request = upgradeRequest(headers, isOne(2) ? pick(LINES) : undefined)
    if (isOne(12)) return request.replaceAll("\r\n", "\n")
    if (isOne(12)) return request.repeat(chance.between(2, 5))
    return isOne(12) ? request.slice(0, chance.between(0, request.length)) : request
  }

  /** A frame of right form that holds JSON of any shape. */
  function anyTameFrame(frame: object): Buffer {
    if (isOne(15)) return rawFrame({ opcode: pick([PING, PONG]), payload: "still there?" })
    const payload = JSON.stringify(isOne(6) ? frame : mutateValue(frame, 0))
    if (isOne(8)) return Buffer.concat(fragments(payload, [chance.between(0, payload.length)]))
    return rawFrame({ opcode: pick([TEXT, TEXT, 2]), payload })
  }

  function anyFrame(frame: object): Buffer {
    const payload = anyPayload(frame)
    const kind = chance.between(1, 20)
    if (kind <= 12) return rawFrame({ opcode: pick([TEXT, TEXT, TEXT, 2]), payload })
    if (kind <= 14) return Buffer.concat(inFragments(payload))
    if (kind === 15)
      return rawFrame({
        opcode: pick([PING, PONG]),
        payload: payload.subarray(0, chance.between(0, 130)),
      })
    if (kind === 16)
      return isOne(2)
        ? closeFrame(chance.between(0, 5_000), payload.subarray(0, 130))
        : closeFrame()
    if (kind === 17) return anyHead(payload)
    if (kind === 18) return mutateBytes(rawFrame({ payload }), 4)
    if (kind === 19) return rawFrame({ payload: JSON.stringify(frame) })
    return anyBytes(chance.between(0, 40))
  }

  function anyHead(payload: Buffer): Buffer {
    const frame = {
      fin: isOne(2),
      rsv: isOne(3) ? chance.between(0, 7) : 0,
      opcode: chance.between(0, 15),
      payload: payload.subarray(0, chance.between(0, 200)),
    }
    const mask = isOne(3) ? { mask: undefined } : {}
    const lengths = [
      0n,
      1n,
      125n,
      126n,
      65_535n,
      65_536n,
      8_388_608n,
      8_388_609n,
      2n ** 53n,
      2n ** 63n,
    ]
    return rawFrame({ ...frame, ...mask, ...(isOne(2) && { declaredLength: pick(lengths) }) })
  }

  function inFragments(payload: Buffer): Buffer[] {
    const cuts = Array.from({ length: chance.between(1, isOne(20) ? 1_100 : 5) }, () =>
      chance.between(0, payload.length),
    ).sort((a, b) => a - b)
    const frames = fragments(payload, cuts)
    if (isOne(2)) frames.splice(chance.between(0, frames.length), 0, rawFrame({ opcode: PING }))
    if (isOne(4)) frames.splice(chance.between(0, frames.length), 1)
    return frames
  }

  function anyPayload(frame: object): Buffer {
    if (isOne(300))
      return Buffer.alloc(chance.between(60_000, 300_000), pick(["x", "[", "\\", '"']))
    const text = JSON.stringify(isOne(6) ? frame : mutateValue(frame, 0))
    if (isOne(3)) return mutateBytes(Buffer.from(mutateText(text)), 3)
    return Buffer.from(isOne(2) ? text : mutateText(text))
  }

  /** The value with one thing in it another one. */
  function mutateValue(value: unknown, depth: number): unknown {
    if (isOne(depth === 0 ? 40 : 4)) return pick(ODD)
    if (Array.isArray(value)) {
      const items = [...value, ...(isOne(3) ? [pick(ODD)] : [])]
      const at = chance.between(0, Math.max(0, items.length - 1))
      return items.map((item, index) => (index === at ? mutateValue(item, depth + 1) : item))
    }
    if (typeof value !== "object" || value === null) return pick(ODD)
    const entries = Object.entries(value)
    const at = chance.between(0, entries.length)
    const [key, item] = entries[at] ?? []
    if (key === undefined) return Object.fromEntries([...entries, [pick(KEYS), pick(ODD)]])
    if (isOne(8)) return Object.fromEntries(entries.filter((_, index) => index !== at))
    return { ...value, [key]: mutateValue(item, depth + 1) }
  }

  function mutateText(text: string): string {
    const at = chance.between(0, text.length)
    const end = Math.min(text.length, at + chance.between(0, 12))
    const middle = pick(["", pick(TOKENS), text.slice(at, end).repeat(2)])
    return `${text.slice(0, at)}${middle}${text.slice(isOne(2) ? at : end)}`
  }

  /** Up to `most` of the bytes are other ones, most often none. */
  function mutateBytes(bytes: Buffer, most: number): Buffer {
    if (isOne(2) || bytes.length === 0) return bytes
    const changed = Buffer.from(bytes)
    for (let each = chance.between(1, most); each > 0; each -= 1) {
      changed[chance.between(0, changed.length - 1)] = chance.between(0, 255)
    }
    return changed
  }

  function anyBytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => chance.between(0, 255)))
  }

  return attack
}
