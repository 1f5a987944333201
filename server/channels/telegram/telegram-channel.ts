// One bot on Telegram: a supervised polling loop for what comes in, a queue for what goes out.

import * as v from "valibot"
import { GatewayError } from "#protocol"
import type { Timer } from "../../host/clock.ts"
import { createDeadline } from "../../host/deadline.ts"
import type { Channel, ChannelParts, InboundMessage } from "../channel.ts"
import { settledOrAborted } from "../lanes.ts"
import { type Attempt, createSupervisor, type Verdict } from "../supervise.ts"
import { type BotApi, type CallOptions, createBotApi, isTokenRejection } from "./bot-api.ts"
import { createClosedChats } from "./closed-chats.ts"
import { offerCommands } from "./commands.ts"
import { createDrafts } from "./drafts.ts"
import { describeFailure, redactToken, TelegramError } from "./failure.ts"
import { fetchFile } from "./files.ts"
import { createMovedGroups } from "./moved-groups.ts"
import type { Notices } from "./notices.ts"
import { loadOffset } from "./offset.ts"
import { createOutgoing } from "./outgoing.ts"
import { longPollOf, poll } from "./poll.ts"
import { findRoute } from "./proxy.ts"
import type { TelegramSettings } from "./settings.ts"
import { createTransport, type Transport } from "./transport.ts"
import { createTyping } from "./typing.ts"
import type { Bot } from "./update.ts"

export interface TelegramOptions {
  readonly random: () => number
  /** Stands in for the network in tests. */
  readonly transport?: Transport
}

const Me = v.object({
  id: v.pipe(v.number(), v.safeInteger()),
  username: v.pipe(v.string(), v.minLength(1)),
})

/** `settings.botToken` must be there: without one the channel is not configured. */
export function createTelegramChannel(
  parts: ChannelParts<TelegramSettings>,
  { random, transport = createTransport(routed(parts)) }: TelegramOptions,
): Channel {
  const { settings, clock, log, timings, notebook, journal, changed } = parts
  const closing = new AbortController()
  const cut = new AbortController()
  const closedChats = createClosedChats(clock)
  const groups = () => Object.keys(settings.groups)
  const movedGroups = createMovedGroups({ notebook, log, groups })
  const typing = createTyping({ clock, timings, log })
  /** What must have ended before `stop` resolves. */
  const working = new Set<Promise<unknown>>()
  let bot: Bot | undefined
  let skipped = 0
  let commandsAnnounced = false
  let lastInboundAt: number | undefined

  const supervisor = createSupervisor({
    run: connect,
    judge: (error) => judge(error, parts),
    clock,
    random,
    log,
    timings,
    changed,
  })

  const api: BotApi = createBotApi({
    token: settings.botToken ?? "",
    apiRoot: settings.apiRoot,
    clock,
    random,
    floodMs: timings.retryFirstMs,
    onTokenRejected: (error) => supervisor.interrupt(error),
    transport,
  })
  const drafts = createDrafts({ api, clock, timings, log })
  const outgoing = createOutgoing({
    api,
    clock,
    timings,
    closedChats,
    movedGroups,
    closing: closing.signal,
    cut: cut.signal,
  })

  async function connect(attempt: Attempt): Promise<void> {
    const watchdog = watch(attempt)
    try {
      const call = { timeoutMs: timings.requestTimeoutMs, signal: attempt.signal }
      bot = readMe(await api.call("getMe", {}, call))
      // What people wrote while a webhook was set must still come.
      await api.call("deleteWebhook", { drop_pending_updates: false }, call)
      const offset = await loadOffset(notebook, clock, bot.id)
      await movedGroups.load()
      void track(announceCommands(call))
      await poll({
        api,
        bot,
        offset,
        clock,
        timings,
        log,
        journal: (message) => journalUnless(attempt.signal, movedGroups.asConfigured(message)),
        noticed,
        serviceNow: transport.serviceNow,
        skipped: () => {
          skipped += 1
        },
        answered: () => {
          watchdog.feed()
          attempt.opened()
        },
        signal: attempt.signal,
      })
    } finally {
      watchdog.stop()
    }
  }

  async function noticed({ opened, moved }: Notices): Promise<void> {
    if (opened !== undefined) closedChats.open(String(opened))
    if (moved !== undefined) await movedGroups.note(moved.from, moved.to)
  }

  /** Once for each start of the gateway, as soon as it succeeds. */
  async function announceCommands(call: CallOptions): Promise<void> {
    const { commands = [] } = parts
    if (commandsAnnounced || commands.length === 0) return
    try {
      await offerCommands(api, commands, call)
      commandsAnnounced = true
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      log.debug("the list of commands was not set", { error: why })
    }
  }

  /** One for as long as the token is the same, because it remembers what the service forbade. */
  function watch(attempt: Attempt) {
    const stallMs = Math.max(timings.stallMs, 2 * longPollOf(timings).timeoutMs)
    let timer: Timer | undefined
    function feed(): void {
      timer?.cancel()
      if (!attempt.current) return
      timer = createDeadline(clock, stallMs, () => {
        supervisor.interrupt(new Error("Receiving stalled."))
      })
    }
    feed()
    return { feed, stop: () => timer?.cancel() }
  }

  /** A write that hangs ends the attempt but not the write: `stop` waits for it. */
  async function journalUnless(signal: AbortSignal, message: InboundMessage): Promise<void> {
    const write = track(journal(message))
    await settledOrAborted(write, signal)
    signal.throwIfAborted()
    if ((await write) === "new") lastInboundAt = clock.now()
  }

  function track<Result>(work: Promise<Result>): Promise<Result> {
    const tracked = work.finally(() => working.delete(tracked))
    working.add(tracked)
    return tracked
  }

  return {
    id: "telegram",
    health: () => ({
      configured: true,
      ...supervisor.health(),
      ...(bot !== undefined && { self: `@${bot.username}` }),
      ...(lastInboundAt !== undefined && { lastInboundAt }),
      skipped,
    }),
    async start() {
      supervisor.start()
    },
    restart: (error) => supervisor.interrupt(error),
    async stop() {
      closing.abort()
      // Cutting off a message that is on its way would make its outcome unknown without need.
      const patience = clock.after(timings.lastSendsMs, () => cut.abort())
      await supervisor.stop()
      await Promise.allSettled(working)
      patience.cancel()
      transport.close()
    },
    async send(message, options) {
      if (supervisor.state.at !== "open") throw notConnected()
      return track(outgoing.send(message, options))
    },
    showTyping(chat, { signal }) {
      if (supervisor.state.at !== "open") return
      void track(typing.show(api, chat, AbortSignal.any([signal, closing.signal])))
    },
    openDraft(chat, { signal }) {
      if (supervisor.state.at !== "open") return undefined
      const opened = drafts.open(chat, AbortSignal.any([signal, closing.signal]))
      if (opened === undefined) return undefined
      void track(opened.over)
      return opened.draft
    },
    async fetchMedia(media, signal) {
      if (supervisor.state.at !== "open") throw notConnected()
      const ending = AbortSignal.any([signal, closing.signal])
      return track(fetchFile({ api, clock, timings }, media, ending))
    },
  }

  function notConnected(): GatewayError {
    const { lastError } = supervisor.health()
    const message = `Telegram is not connected${lastError ? `: ${lastError}` : "."}`
    return new GatewayError("UNAVAILABLE", message, { reason: "not_connected", retryable: true })
  }
}

function routed({ settings, environment, clock, timings }: ChannelParts<TelegramSettings>) {
  const { apiRoot: target, proxy: setting } = settings
  const { connectTimeoutMs } = timings
  return { clock, connectTimeoutMs, route: findRoute({ target, setting, environment }) }
}

function readMe(answer: unknown): Bot {
  const result = v.safeParse(Me, answer)
  if (result.success) return result.output
  throw new TelegramError("getMe", { kind: "unanswered", cause: "the answer names no bot" })
}

function judge(error: unknown, { timings }: ChannelParts<TelegramSettings>): Verdict {
  if (error instanceof GatewayError) return { next: "retry", message: error.message }
  if (!(error instanceof TelegramError)) {
    const message = error instanceof Error ? error.message : String(error)
    return { next: "retry", message: redactToken(message) }
  }
  const { failure } = error
  if (failure.kind !== "refused") {
    return { next: "retry", message: `Telegram is out of reach: ${failure.cause}.` }
  }
  if (isTokenRejection(error.method, failure.code)) {
    const message = `bot token rejected (${describeFailure(failure)})`
    return { next: "stop", state: "failed", message }
  }
  if (failure.code === 409) {
    return {
      next: "retry",
      message: `another poller uses this token (${describeFailure(failure)})`,
      firstMs: timings.conflictFirstMs,
      maxMs: timings.conflictMaxMs,
    }
  }
  const message = `Telegram refused: ${describeFailure(failure)}.`
  if (failure.retryAfterMs === undefined) return { next: "retry", message }
  return { next: "retry", message, atLeastMs: failure.retryAfterMs }
}
