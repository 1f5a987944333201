// A Bot API without a network, for unit tests: it answers grammY's fetch, and time is the test's.

import { buffer } from "node:stream/consumers"
import type { Clock } from "../../host/clock.ts"
import { ConnectionLost, NotSent, type Transport } from "./transport.ts"

export const TOKEN = "123456:stub-secret-stub-secret-stub"
export const BOT = { id: 123_456, is_bot: true, first_name: "Stub", username: "Stub_Bot" }

interface StubFile {
  readonly name: string
  readonly bytes: number
}

export interface StubCall {
  readonly method: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly atMs: number
}

interface StubRefusal {
  readonly code: number
  readonly description?: string
  readonly retryAfter?: number
  readonly movedTo?: number
}

export type StubFault =
  /** The service says no. */
  | StubRefusal
  /** What Node's fetch rejects with when nothing was sent, or when the connection was lost. */
  | { readonly network: string }
  /** The call takes effect, and its answer is lost. */
  | "lost"
  | "hang"
  /** The answer is this and nothing else. */
  | { readonly result: unknown }

interface StubRequest {
  readonly body: string | NodeJS.ReadableStream
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSource
}

interface StubDownload {
  readonly status?: number
  readonly chunks?: readonly (Uint8Array | Error)[]
}

interface AbortSource {
  addEventListener(type: "abort", listener: () => void): void
}

export function createStubBotApi(clock: Clock) {
  const calls: StubCall[] = []
  const sent: Record<string, unknown>[] = []
  const faults = new Map<string, StubFault[]>()
  const arrivals = new Set<() => void>()
  const files = new Map<string, StubDownload>()
  const downloads: AbortSignal[] = []
  const serviceTime: { now: number | undefined } = { now: undefined }
  let commands: unknown = []
  let updates: unknown[] = []
  let held: Promise<void> | undefined
  let nextUpdateId = 1

  function perform(method: string, payload: Record<string, unknown>): unknown {
    if (method === "getMe") return BOT
    if (method === "getMyCommands") return commands
    if (method === "setMyCommands") commands = payload["commands"]
    if (method === "getFile") return { file_path: `photos/${payload["file_id"]}.jpg` }
    if (!isSend(method)) return true
    sent.push(payload)
    return { message_id: sent.length, date: 0, chat: { id: payload["chat_id"] } }
  }

  async function getUpdates(payload: Record<string, unknown>): Promise<unknown> {
    const from = Number(payload["offset"] ?? 0)
    const isOpen = (update: unknown) => !(idOf(update) < from)
    updates = updates.filter(isOpen)
    const seconds = Number(payload["timeout"])
    if (updates.length === 0 && seconds > 0) {
      const arrival = Promise.withResolvers<void>()
      arrivals.add(arrival.resolve)
      const timer = clock.after(seconds * 1_000, arrival.resolve)
      await arrival.promise
      arrivals.delete(arrival.resolve)
      timer.cancel()
    }
    return updates.slice(0, Number(payload["limit"]))
  }

  async function answer(method: string, payload: Record<string, unknown>): Promise<unknown> {
    const fault = faults.get(method)?.shift()
    if (fault === "hang") return new Promise(() => undefined)
    if (fault === "lost") perform(method, payload)
    if (fault === "lost") throw networkError("ECONNRESET")
    if (fault !== undefined && "network" in fault) throw networkError(fault.network)
    if (fault !== undefined && "code" in fault) return refusalOf(fault)
    if (fault !== undefined) return { ok: true, result: fault.result }
    if (method === "getUpdates") return { ok: true, result: await getUpdates(payload) }
    if (isSend(method)) await held
    return { ok: true, result: perform(method, payload) }
  }

  async function fetch(url: string, init: StubRequest) {
    const method = url.slice(url.lastIndexOf("/") + 1)
    const payload = await readPayload(init)
    calls.push({ method, payload, atMs: clock.monotonic() })
    const aborted = new Promise<never>((_, reject) => {
      init.signal.addEventListener("abort", () => reject(new Error("The user aborted a request.")))
    })
    const body = await Promise.race([answer(method, payload), aborted])
    return { json: async () => body }
  }

  function push(...pushed: unknown[]): void {
    updates.push(...pushed)
    for (const arrive of [...arrivals]) arrive()
  }

  return {
    calls,
    sent,
    transport: {
      fetch: fetch as unknown as Transport["fetch"],
      async download(url, signal) {
        downloads.push(signal)
        const path = url.slice(url.indexOf("/file/bot") + `/file/bot${TOKEN}/`.length)
        const { status = 200, chunks = [] } = files.get(path) ?? { status: 404 }
        return { status, body: stream(chunks) }
      },
      serviceNow: () => serviceTime.now,
      close: () => undefined,
    } satisfies Transport,
    /** What the service's clock says; undefined where its answers do not tell. */
    serviceTime,
    /** What ends each download that was begun. */
    downloads,
    /** What stands under a path that `getFile` names; an error ends it there. */
    keepFile(path: string, ...chunks: readonly (Uint8Array | Error)[]) {
      files.set(path, { chunks })
    },
    get commands() {
      return commands
    },
    callsOf: (method: string) => calls.filter((call) => call.method === method),
    /** The next calls of the method meet these, in this order. */
    fault(method: string, ...added: StubFault[]) {
      faults.set(method, [...(faults.get(method) ?? []), ...added])
    },
    /** Offers updates as they are. */
    push,
    /** Ada writes to the bot; the words replace those of her message. */
    say(text: string, words: Record<string, unknown> = {}) {
      const id = nextUpdateId
      nextUpdateId += 1
      push({ update_id: id, message: { ...adasMessage(id), text, ...words } })
    },
    /** What the service still keeps because no offset has confirmed it. */
    unconfirmed: () => updates.map(idOf),
    hold() {
      const released = Promise.withResolvers<void>()
      held = released.promise
      return () => {
        held = undefined
        released.resolve()
      }
    },
  }
}

export function adasMessage(messageId: number) {
  return {
    message_id: messageId,
    date: 1_767_225_600,
    chat: { id: 42, type: "private", first_name: "Ada" },
    from: { id: 42, is_bot: false, first_name: "Ada", last_name: "Lab", username: "Ada_Lab" },
  }
}

function idOf(update: unknown): number {
  return Number((update as { update_id?: unknown }).update_id)
}

function isSend(method: string): boolean {
  return /^send(Message|Photo|Video|Audio|Voice|Document)$/.test(method)
}

/** A multipart body as grammY writes it; a file stands in the payload as its name and size. */
async function readPayload({ body, headers }: StubRequest): Promise<Record<string, unknown>> {
  if (typeof body === "string") return JSON.parse(body) as Record<string, unknown>
  const boundary = headers["content-type"]?.split("boundary=")[1] ?? ""
  const text = (await buffer(body)).toString("latin1")
  const files = new Map<string, StubFile>()
  const payload = new Map<string, unknown>()
  for (const part of text.split(`--${boundary}`).slice(1, -1)) {
    const [head = "", ...rest] = part.slice(2, -2).split("\r\n\r\n")
    const content = rest.join("\r\n\r\n")
    const { name = "", file } =
      /name="(?<name>[^"]*)"(?:;filename=(?<file>.*))?/.exec(head)?.groups ?? {}
    if (file !== undefined) files.set(`attach://${name}`, { name: file, bytes: content.length })
    else payload.set(name, /^[[{]|^-?\d+$/.test(content) ? JSON.parse(content) : content)
  }
  return Object.fromEntries(
    [...payload].map(([name, value]) => [name, files.get(String(value)) ?? value]),
  )
}

async function* stream(chunks: readonly (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk
    yield chunk
  }
}

function refusalOf(fault: StubRefusal) {
  const { code, description = "Refused", retryAfter, movedTo } = fault
  const parameters = {
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
    ...(movedTo !== undefined && { migrate_to_chat_id: movedTo }),
  }
  return { ok: false, error_code: code, description, parameters }
}

function networkError(code: string): Error {
  return code === "ECONNRESET"
    ? new ConnectionLost(`connection lost (${code})`)
    : new NotSent(`cannot connect (${code})`)
}
