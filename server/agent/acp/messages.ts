// From bytes to messages: lines of JSON, with a limit on each line. A line that is no message is counted and
// skipped, for agents write all sorts of things to their standard output.

import { GatewayError } from "#protocol"

const NEWLINE = 0x0a

export interface LineOptions {
  readonly maxLineBytes: number
}

/** Whole lines without their end; what stands behind the last newline is a line too. Throws when one is too long. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  { maxLineBytes }: LineOptions,
): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0

  function take(tail: Uint8Array): Uint8Array {
    const line = pendingBytes === 0 ? tail : Buffer.concat([...pending, tail])
    pending = []
    pendingBytes = 0
    return line
  }

  for await (const chunk of chunks) {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start)
      const tail = chunk.subarray(start, end === -1 ? undefined : end)
      if (pendingBytes + tail.byteLength > maxLineBytes) throw lineTooLong(maxLineBytes)
      if (end === -1) {
        pending.push(tail)
        pendingBytes += tail.byteLength
        break
      }
      yield take(tail)
      start = end + 1
    }
  }
  if (pendingBytes > 0) yield take(new Uint8Array())
}

export interface JsonRpcMessage {
  readonly jsonrpc: "2.0"
  readonly id?: string | number | null
  readonly method?: string
  readonly params?: unknown
}

/** Undefined means that the line is no message of JSON-RPC. */
export function decodeMessage(line: Uint8Array): JsonRpcMessage | undefined {
  const value = parseJson(new TextDecoder().decode(line))
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined
  if (!("jsonrpc" in value) || value.jsonrpc !== "2.0") return undefined
  if ("method" in value) {
    return typeof value.method === "string" ? (value as JsonRpcMessage) : undefined
  }
  return "id" in value && ("result" in value || "error" in value)
    ? (value as JsonRpcMessage)
    : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function lineTooLong(maxLineBytes: number): GatewayError {
  return tooLarge(`The agent wrote a line of more than ${maxLineBytes / 1024 / 1024} MiB.`)
}

export function tooLarge(message: string): GatewayError {
  return new GatewayError("UNAVAILABLE", message, { reason: "output_too_large", retryable: false })
}
