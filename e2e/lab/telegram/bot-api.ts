// The HTTP side of the Bot API: `/bot<token>/<method>` and `/file/bot<token>/<path>`.

import type { IncomingMessage, ServerResponse } from "node:http"
import { decodeBody, readBody } from "./body.ts"
import type { Call } from "./events.ts"
import { type Fault, FaultInterrupt, type Faults, performFault } from "./faults.ts"
import { findMethod, type MethodParts, RawJson } from "./methods.ts"
import { createParams } from "./params.ts"
import { Refusal } from "./refusal.ts"

export type BotApiParts = MethodParts & {
  readonly token: string
  readonly faults: Faults
  readonly record: (call: Pick<Call, "method" | "params" | "files">) => Call
}

type Outcome =
  | { readonly at: "answer"; readonly status: number; readonly body: string }
  | { readonly at: "fault"; readonly fault: Fault }

export async function answerMethod(
  parts: BotApiParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const [, token, name = ""] = /^\/bot([^/]+)\/([^/]*)$/.exec(url.pathname) ?? []
  if (token === undefined) return writeJson(response, 404, new Refusal(404, "Not Found").toBody())

  const bytes = await readBody(request).catch(toRefusal)
  if (bytes instanceof Refusal) return writeJson(response, bytes.code, bytes.toBody())

  let outcome: Outcome
  let call: Call | undefined
  try {
    const { fields, files } = decodeBody(request.headers["content-type"] ?? "", bytes)
    const found = findMethod(name)
    const params = { ...Object.fromEntries(url.searchParams), ...fields }
    call = parts.record({ method: found?.name ?? name, params, files })
    outcome = await perform(parts, { call, found, token: decodeURIComponent(token), response })
  } catch (error) {
    const refusal = toRefusal(error)
    outcome = { at: "answer", status: refusal.code, body: refusal.toBody() }
  }

  const method = call?.method ?? name
  const body = outcome.at === "answer" ? outcome.body : ""
  const fault = outcome.at === "fault" ? outcome.fault : parts.faults.take(method, "answer")
  if (call !== undefined && fault !== undefined) call.fault = fault.kind
  if (fault !== undefined) performFault({ response, body, fault })
  else if (outcome.at === "answer") writeJson(response, outcome.status, body)
  if (call !== undefined) parts.events.emit({ type: "answered", call })
}

export function answerFile(parts: BotApiParts, response: ServerResponse, url: URL): void {
  const [, token, path = ""] = /^\/file\/bot([^/]+)\/(.+)$/.exec(url.pathname) ?? []
  const call = parts.record({ method: "file", params: { path }, files: {} })
  const fault = parts.faults.take("file", "call") ?? parts.faults.take("file", "answer")
  const file = token === parts.token ? parts.files.byPath(decodeURIComponent(path)) : undefined
  if (fault !== undefined) {
    call.fault = fault.kind
    performFault({ response, body: file?.bytes.toString("latin1") ?? "", fault })
  } else if (file === undefined) {
    writeJson(response, 404, new Refusal(404, "Not Found").toBody())
  } else {
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-length": file.bytes.length,
    })
    response.end(file.bytes)
  }
  parts.events.emit({ type: "answered", call })
}

async function perform(
  parts: BotApiParts,
  {
    call,
    found,
    token,
    response,
  }: {
    call: Call
    found: ReturnType<typeof findMethod>
    token: string
    response: ServerResponse
  },
): Promise<Outcome> {
  const fault = parts.faults.take(call.method, "call")
  if (fault !== undefined) return { at: "fault", fault }
  if (token !== parts.token) throw new Refusal(401, "Unauthorized")
  if (found === undefined) throw new Refusal(404, "Not Found")

  const left = new AbortController()
  response.once("close", () => left.abort())
  try {
    const result = await found.method(parts, {
      params: createParams(call.params),
      uploads: call.files,
      signal: left.signal,
    })
    const json = result instanceof RawJson ? result.text : JSON.stringify(result)
    return { at: "answer", status: 200, body: `{"ok":true,"result":${json}}` }
  } catch (error) {
    if (error instanceof FaultInterrupt) return { at: "fault", fault: error.fault }
    throw error
  }
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Refusal(500, `Internal Server Error: ${reason}`)
}

function writeJson(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return
  response.writeHead(status, { "content-type": "application/json" })
  response.end(body)
}
