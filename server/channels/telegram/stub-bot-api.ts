// A Bot API without a network, for unit tests: it answers grammY's fetch, and time is the test's.

import type { ApiClientOptions } from "grammy"
import type { Clock } from "../../host/clock.ts"

export const TOKEN = "123456:stub-secret-stub-secret-stub"
export const BOT = { id: 123_456, is_bot: true, first_name: "Stub", username: "Stub_Bot" }

interface StubCall {
  readonly method: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly atMs: number
}

export type StubFault =
  /** The service says no. */
  | { readonly code: number; readonly description?: string; readonly retryAfter?: number }
  /** What Node's fetch rejects with when nothing was sent, or when the connection was lost. */
  | { readonly network: string }
  /** The call takes effect, and its answer is lost. */
  | "lost"
  | "hang"
  /** The answer is this and nothing else. */
  | { readonly result: unknown }

interface AbortSource {
  addEventListener(type: "abort", listener: () => void): void
}

export function createStubBotApi(clock: Clock) {
  const calls: StubCall[] = []
  const sent: Record<string, unknown>[] = []
  const faults = new Map<string, StubFault[]>()
  const arrivals = new Set<() => void>()
  let updates: unknown[] = []
  let held: Promise<void> | undefined
  let nextUpdateId = 1

  function perform(method: string, payload: Record<string, unknown>): unknown {
    if (method === "getMe") return BOT
    if (method !== "sendMessage") return true
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
    if (fault === "lost") throw networkError(method, "ECONNRESET")
    if (fault !== undefined && "network" in fault) throw networkError(method, fault.network)
    if (fault !== undefined && "code" in fault) return refusalOf(fault)
    if (fault !== undefined) return { ok: true, result: fault.result }
    if (method === "getUpdates") return { ok: true, result: await getUpdates(payload) }
    if (method === "sendMessage") await held
    return { ok: true, result: perform(method, payload) }
  }

  async function fetch(url: string, init: { body: string; signal: AbortSource }) {
    const method = url.slice(url.lastIndexOf("/") + 1)
    const payload = JSON.parse(init.body) as Record<string, unknown>
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
    fetch: fetch as unknown as NonNullable<ApiClientOptions["fetch"]>,
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

function refusalOf(fault: { code: number; description?: string; retryAfter?: number }) {
  const { code, description = "Refused", retryAfter } = fault
  const parameters = retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } }
  return { ok: false, error_code: code, description, ...parameters }
}

/** As Node's fetch says it; and as it does not, with the token in it. */
function networkError(method: string, code: string): Error {
  const syscall = code === "ECONNRESET" ? "read" : "connect"
  const cause = new Error(`${syscall} ${code} http://stub/bot${TOKEN}/${method}`)
  return new TypeError("fetch failed", { cause: Object.assign(cause, { code, syscall }) })
}
