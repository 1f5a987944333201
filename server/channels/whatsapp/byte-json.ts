// JSON that keeps bytes, which is what credentials and keys mostly are.

interface Bytes {
  readonly type: "Buffer"
  readonly data: string
}

export function encodeByteJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value, replace))
}

export function decodeByteJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString("utf8"), revive)
}

// A function and not an arrow: `JSON.stringify` calls a Buffer's own `toJSON` first, and only `this`
// still holds the bytes.
function replace(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]
  if (!(original instanceof Uint8Array)) return value
  return { type: "Buffer", data: Buffer.from(original).toString("base64") } satisfies Bytes
}

function revive(_key: string, value: unknown): unknown {
  return isBytes(value) ? Buffer.from(value.data, "base64") : value
}

function isBytes(value: unknown): value is Bytes {
  if (typeof value !== "object" || value === null) return false
  const { type, data } = value as Partial<Bytes>
  return type === "Buffer" && typeof data === "string"
}
