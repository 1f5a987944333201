// A channel whose service is a list in memory: a test says what comes in, reads what went out, and
// decides when and how sending fails.

import { GatewayError } from "#protocol"
import type {
  Channel,
  ChannelParts,
  ChannelSettings,
  InboundMessage,
  LinkOptions,
  LinkRequest,
  OutboundMessage,
  SendOptions,
  SendTrace,
  SentMessage,
} from "../channel.ts"
import { createLanes, settledOrAborted } from "../lanes.ts"

/**
 * How a send fails: `unreached` left the service without the message, `unknown` delivered it and lost
 * the answer, `refused` was turned down for good.
 */
type MemoryFault = "unreached" | "unknown" | "refused"

export interface MemoryChannel extends Channel {
  /** What the service has, oldest first. */
  readonly sent: readonly OutboundMessage[]
  /** The chats where an answer is seen being written, one entry for each indicator. */
  readonly typing: readonly string[]
  /** Ids of messages that were marked as read, in that order. */
  readonly read: readonly string[]
  /** What drafts showed, the latest text of each, by chat; a draft that ended is no more. */
  readonly drafts: ReadonlyMap<string, string>
  /** The files that people send, by the reference in their message; what is not here is unavailable. */
  readonly files: Map<string, Uint8Array>
  /** Files, by reference, that its service never gives and never refuses; how often each was asked for. */
  readonly withheld: Map<string, number>
  /** The login that waits for somebody to use its code; undefined when there is none. */
  readonly login: MemoryLogin | undefined
  /**
   * Somebody writes. Without more words it is Ada, whose id is 1, in her direct chat; a `group` makes
   * its id the chat. Rejects as the journal does.
   */
  say(text: string, words?: Partial<InboundMessage>): Promise<"new" | "duplicate">
  /** The next `times` sends fail so; faults queue up. */
  failNext(fault: MemoryFault, times?: number): void
  /** Keeps sends from being answered until the returned function is called; those that were given up arrive then. */
  hold(): () => void
  /** The service goes away until `connect`. */
  disconnect(lastError: string): void
  /** It has begun to connect, and does not get there until `connect`. */
  beginConnecting(): void
  connect(): void
}

/** What a test does in place of a phone. */
export interface MemoryLogin {
  readonly request: LinkRequest
  /** Shows a code. */
  show(code: { qr?: string; code?: string; expiresAt: number }): void
  /** The code was used. */
  linking(): void
  linked(self: string): void
  fail(error: GatewayError): void
}

interface MemoryOptions {
  readonly id?: string
  /** Must be linked before anything passes. */
  readonly needsLink?: boolean
}

export function createMemoryChannel(
  parts: Pick<ChannelParts<ChannelSettings>, "clock" | "journal" | "changed">,
  { id = "memory", needsLink = false }: MemoryOptions = {},
): MemoryChannel {
  const { clock, journal, changed } = parts
  const sent: OutboundMessage[] = []
  const typing: string[] = []
  const read: string[] = []
  const drafts = new Map<string, string>()
  const files = new Map<string, Uint8Array>()
  const withheld = new Map<string, number>()
  let login: MemoryLogin | undefined
  let self = needsLink ? undefined : "memory"
  const faults: MemoryFault[] = []
  const lanes = createLanes()
  const closing = new AbortController()
  const working = new Set<Promise<unknown>>()
  let held: Promise<void> | undefined
  let said = 0
  let lastInboundAt: number | undefined
  let state:
    | { at: "off" | "connecting" }
    | { at: "open"; since: number }
    | { at: "waiting"; lastError: string } = { at: "off" }

  function enter(entered: typeof state): void {
    state = entered
    changed()
  }

  function track<Result>(work: Promise<Result>): Promise<Result> {
    const tracked = work.finally(() => working.delete(tracked))
    working.add(tracked)
    return tracked
  }

  async function receive(
    text: string,
    words: Partial<InboundMessage>,
  ): Promise<"new" | "duplicate"> {
    said += 1
    const { sender = { id: "1", handle: "@ada", name: "Ada" }, group } = words
    const chat = words.chat ?? group?.id ?? sender.id
    const outcome = await journal({
      channel: id,
      account: "memory",
      messageId: `in-${said}`,
      order: said,
      ts: clock.now(),
      sessionKey: group === undefined ? `${id}:${chat}` : `${id}:group:${chat}`,
      ...words,
      chat,
      sender,
      text,
    })
    lastInboundAt = clock.now()
    return outcome
  }

  async function deliver(
    message: OutboundMessage,
    { signal, trace }: SendOptions,
  ): Promise<SentMessage> {
    if (state.at !== "open") throw notSent("not_connected")
    const leave = await lanes.enter(message.chat, signal)
    if (leave === undefined)
      throw notSent(closing.signal.aborted ? "shutting_down" : "rate_limited")
    try {
      await trace?.leaving()
      if (held !== undefined) await settledOrAborted(held, signal)
      if (signal.aborted) {
        void held?.then(() => arriveLate(message, trace))
        throw unknownOutcome()
      }
      const fault = faults.shift()
      if (fault === "unreached") throw notSent("not_connected")
      if (fault === "refused") throw refused()
      sent.push(message)
      if (fault === "unknown") throw unknownOutcome()
      return { messageId: `out-${sent.length}` }
    } finally {
      leave()
    }
  }

  async function arriveLate(message: OutboundMessage, trace: SendTrace | undefined): Promise<void> {
    sent.push(message)
    await trace?.confirmedLate?.({ messageId: `out-${sent.length}` })
  }

  function link(request: LinkRequest, options: LinkOptions): Promise<{ readonly self: string }> {
    const { promise, reject, resolve } = Promise.withResolvers<{ readonly self: string }>()
    login = {
      request,
      show: (code) => options.progress({ state: "code", ...code }),
      linking: () => options.progress({ state: "linking" }),
      linked(account) {
        self = account
        enter({ at: "open", since: clock.now() })
        resolve({ self: account })
      },
      fail: reject,
    }
    const cancelled = () =>
      reject(new GatewayError("UNAVAILABLE", "The login was cancelled.", { reason: "aborted" }))
    options.signal.addEventListener("abort", cancelled, { once: true })
    return promise.finally(() => {
      options.signal.removeEventListener("abort", cancelled)
      login = undefined
    })
  }

  return {
    id,
    sent,
    typing,
    read,
    drafts,
    files,
    withheld,
    get login() {
      return login
    },
    ...(needsLink && {
      linking: {
        link,
        async unlink() {
          self = undefined
          enter({ at: "off" })
          return { serviceTold: true }
        },
      },
    }),
    health: () => ({
      configured: true,
      state: state.at,
      ...(needsLink && { linked: self !== undefined }),
      ...(self !== undefined && { self }),
      ...(state.at === "open" && { connectedAt: state.since }),
      ...(state.at === "waiting" && { lastError: state.lastError }),
      ...(lastInboundAt !== undefined && { lastInboundAt }),
      skipped: 0,
    }),
    async start() {
      if (self !== undefined) enter({ at: "open", since: clock.now() })
    },
    restart(error) {
      if (state.at !== "open") return
      enter({ at: "waiting", lastError: error.message })
      enter({ at: "open", since: clock.now() })
    },
    async stop() {
      closing.abort()
      await Promise.allSettled(working)
      enter({ at: "off" })
    },
    send: (message, options) =>
      track(
        deliver(message, { ...options, signal: AbortSignal.any([options.signal, closing.signal]) }),
      ),
    showTyping(chat: string, { signal }: SendOptions) {
      const ending = AbortSignal.any([signal, closing.signal])
      if (state.at !== "open" || ending.aborted) return
      typing.push(chat)
      ending.addEventListener("abort", () => typing.splice(typing.indexOf(chat), 1), { once: true })
    },
    markRead(messages) {
      read.push(...messages.map((message) => message.messageId))
    },
    openDraft(chat, { signal }) {
      if (state.at !== "open" || signal.aborted) return undefined
      signal.addEventListener("abort", () => drafts.delete(chat), { once: true })
      return {
        update(text) {
          if (!signal.aborted) drafts.set(chat, text)
        },
      }
    },
    async fetchMedia({ reference }, signal) {
      const asked = withheld.get(reference)
      if (asked !== undefined) {
        withheld.set(reference, asked + 1)
        const given = Promise.withResolvers<never>()
        signal.addEventListener("abort", () => given.reject(new Error("given up")))
        return given.promise
      }
      const bytes = files.get(reference)
      if (bytes === undefined) {
        throw new GatewayError("UNAVAILABLE", "The file is gone.", {
          reason: "media_unavailable",
          retryable: false,
        })
      }
      return (async function* () {
        yield bytes
      })()
    },
    say(text, words = {}) {
      if (state.at !== "open") throw new Error("The memory channel is not open.")
      return track(receive(text, words))
    },
    failNext(fault, times = 1) {
      faults.push(...Array.from({ length: times }, () => fault))
    },
    hold() {
      const released = Promise.withResolvers<void>()
      held = released.promise
      return () => {
        held = undefined
        released.resolve()
      }
    },
    beginConnecting: () => enter({ at: "connecting" }),
    disconnect: (lastError) => enter({ at: "waiting", lastError }),
    connect: () => enter({ at: "open", since: clock.now() }),
  }
}

function notSent(reason: "not_connected" | "rate_limited" | "shutting_down"): GatewayError {
  return new GatewayError("UNAVAILABLE", "The memory channel sent nothing.", {
    reason,
    retryable: true,
  })
}

function unknownOutcome(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The memory channel lost the answer.", {
    reason: "outcome_unknown",
    retryable: false,
  })
}

function refused(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The memory channel refused the message.", {
    reason: "provider_refused",
    retryable: false,
  })
}
