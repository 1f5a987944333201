// Request bodies: JSON, urlencoded and multipart. The multipart reader is lenient on purpose:
// grammY writes `content-disposition:form-data;name="x"` with unquoted file names, which strict
// parsers refuse. It works on bytes throughout, because files are not text.

import type { IncomingMessage } from "node:http"
import type { UploadedFile } from "./events.ts"
import { badRequest, Refusal } from "./refusal.ts"

export type Body = {
  readonly fields: Record<string, unknown>
  readonly files: Record<string, UploadedFile>
}

const MAX_BODY_BYTES = 50 * 1024 * 1024

/** Throws a Refusal when the body is too big, and the stream's error when the client leaves. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // What is too big is read to its end and dropped: a client still writing would see a reset
    // instead of the answer.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  if (bytes > MAX_BODY_BYTES) throw new Refusal(413, "Request Entity Too Large")
  return Buffer.concat(chunks)
}

export function decodeBody(contentType: string, bytes: Buffer): Body {
  const [type = "", ...attributes] = contentType.split(";")
  switch (type.trim().toLowerCase()) {
    case "application/json":
      return { fields: decodeJson(bytes), files: {} }
    case "application/x-www-form-urlencoded":
      return { fields: Object.fromEntries(new URLSearchParams(bytes.toString())), files: {} }
    case "multipart/form-data":
      return decodeMultipart(boundaryOf(attributes.join(";")), bytes)
    default:
      return { fields: {}, files: {} }
  }
}

function decodeJson(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {}
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (isRecord(value)) return value
  } catch (cause) {
    throw Object.assign(badRequest("can't parse JSON object"), { cause })
  }
  throw badRequest("expected an Object")
}

function boundaryOf(attributes: string): string {
  const match = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(attributes)
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) throw badRequest("multipart body without a boundary")
  return boundary
}

function decodeMultipart(boundary: string, bytes: Buffer): Body {
  // Gathered in maps: a field may be called "__proto__".
  const fields = new Map<string, unknown>()
  const files = new Map<string, UploadedFile>()
  for (const part of splitParts(bytes, boundary)) {
    const headEnd = part.indexOf("\r\n\r\n")
    if (headEnd < 0) throw badRequest("multipart part without a header")
    const head = part.toString("utf8", 0, headEnd)
    const content = part.subarray(headEnd + 4)
    const name = attribute(head, "name")
    const filename = attribute(head, "filename")
    if (name === undefined) throw badRequest("multipart part without a name")
    if (filename === undefined) fields.set(name, content.toString())
    else files.set(name, { name: filename, bytes: content })
  }
  return { fields: Object.fromEntries(fields), files: Object.fromEntries(files) }
}

function* splitParts(bytes: Buffer, boundary: string): Generator<Buffer> {
  const first = Buffer.from(`--${boundary}`)
  const next = Buffer.from(`\r\n--${boundary}`)
  let at = bytes.indexOf(first)
  if (at < 0) throw badRequest("multipart body without its boundary")
  at += first.length
  while (bytes.toString("latin1", at, at + 2) !== "--") {
    const start = bytes.indexOf("\r\n", at) + 2
    const end = bytes.indexOf(next, start - 2)
    if (start < 2 || end < 0) throw badRequest("multipart body without its end")
    yield bytes.subarray(start, Math.max(start, end))
    at = end + next.length
  }
}

function attribute(head: string, name: string): string | undefined {
  const match = new RegExp(`;[ \\t]*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\r\\n]*))`, "i").exec(
    head,
  )
  return match?.[1]?.replace(/\\(["\\])/g, "$1") ?? match?.[2]?.trim()
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
