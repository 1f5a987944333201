// Every call to the Bot API goes through here: it ends in time, it obeys what the service says about
// flooding, it makes no call after the token was rejected, and it fails only with a TelegramError.

import { Api } from "grammy"
import type { Clock } from "../../host/clock.ts"
import { createDeadline } from "../../host/deadline.ts"
import { type Failure, TelegramError, toFailure } from "./failure.ts"
import type { Download, Transport } from "./transport.ts"

type Raw = Api["raw"]
type Method =
  | "getMe"
  | "deleteWebhook"
  | "getUpdates"
  | "getFile"
  | "getMyCommands"
  | "setMyCommands"
  | "sendChatAction"
  | "sendMessageDraft"
  | SendMethod
export type SendMethod =
  | "sendMessage"
  | "sendPhoto"
  | "sendVideo"
  | "sendAudio"
  | "sendVoice"
  | "sendDocument"
type Payload<M extends Method> = M extends "getMe"
  ? Record<string, never>
  : NonNullable<Parameters<Raw[M]>[0]>

export interface CallOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface BotApi {
  /** The answer comes as it is: nobody has looked at it. */
  call<M extends Method>(method: M, payload: Payload<M>, options: CallOptions): Promise<unknown>
  /** How long calls of this method must still be held back; 0 if they need not. */
  heldBackMs(method: Method): number
  /** Begins to read a file, by the path that `getFile` gave. */
  download(path: string, signal: AbortSignal): Promise<Download>
}

export interface BotApiOptions {
  readonly token: string
  readonly apiRoot: string
  readonly clock: Clock
  readonly random: () => number
  /** The wait when the service says "too many" without saying for how long. */
  readonly floodMs: number
  readonly onTokenRejected: (error: TelegramError) => void
  readonly transport: Transport
}

const FLOOD_JITTER = 0.1

export function createBotApi(options: BotApiOptions): BotApi {
  const { token, apiRoot, clock, random, floodMs, onTokenRejected, transport } = options
  const { raw } = new Api(token, { apiRoot, fetch: transport.fetch })
  const heldBackUntil = new Map<Method, number>()
  let rejection: TelegramError | undefined

  async function request<M extends Method>(
    method: M,
    payload: Payload<M>,
    { timeoutMs, signal }: CallOptions,
  ): Promise<unknown> {
    const ending = new AbortController()
    let timedOut = false
    const end = () => ending.abort()
    const timer = createDeadline(clock, timeoutMs, () => {
      timedOut = true
      end()
    })
    signal.addEventListener("abort", end)
    try {
      const invoke = raw[method] as (...args: unknown[]) => Promise<unknown>
      // Only for getMe does grammY want no payload.
      const args = method === "getMe" ? [] : [payload]
      return await invoke(...args, ending.signal)
    } catch (error) {
      const failure = toFailure(error)
      if (failure.kind === "unreached") throw new TelegramError(method, failure)
      if (timedOut) throw unanswered(method, `no answer within ${timeoutMs} ms`)
      if (signal.aborted) throw unanswered(method, "given up before the answer")
      throw new TelegramError(method, noteRefusal(method, failure))
    } finally {
      timer.cancel()
      signal.removeEventListener("abort", end)
    }
  }

  function noteRefusal(method: Method, failure: Failure): Failure {
    if (failure.kind !== "refused") return failure
    if (isTokenRejection(method, failure.code)) {
      rejection = new TelegramError(method, failure)
      onTokenRejected(rejection)
    }
    if (failure.code !== 429) return failure
    const waitMs = (failure.retryAfterMs ?? floodMs) * (1 + FLOOD_JITTER * random())
    heldBackUntil.set(method, clock.monotonic() + waitMs)
    return { ...failure, retryAfterMs: Math.ceil(waitMs) }
  }

  function heldBackMs(method: Method): number {
    return Math.max(0, Math.ceil((heldBackUntil.get(method) ?? 0) - clock.monotonic()))
  }

  return {
    async call(method, payload, callOptions) {
      if (rejection !== undefined) throw rejection
      const retryAfterMs = heldBackMs(method)
      if (retryAfterMs > 0) {
        const description = "Too Many Requests: held back"
        throw new TelegramError(method, { kind: "refused", code: 429, description, retryAfterMs })
      }
      if (callOptions.signal.aborted) {
        throw new TelegramError(method, { kind: "unreached", cause: "given up before the call" })
      }
      return request(method, payload, callOptions)
    },
    heldBackMs,
    async download(path, signal) {
      if (rejection !== undefined) throw rejection
      const places = path.split("/").map(encodeURIComponent).join("/")
      try {
        return await transport.download(`${apiRoot}/file/bot${token}/${places}`, signal)
      } catch (error) {
        throw new TelegramError("getFile", toFailure(error))
      }
    },
  }
}

/** The service answers 401 to a token it does not know, and 404 to one that is none. */
export function isTokenRejection(method: string, code: number): boolean {
  return code === 401 || (code === 404 && method === "getMe")
}

function unanswered(method: Method, cause: string): TelegramError {
  return new TelegramError(method, { kind: "unanswered", cause })
}
