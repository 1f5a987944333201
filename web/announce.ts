// What is said to a screen reader: short events of the connection in one place, finished answers in the
// other, once each, never a text while it grows.

import { effect } from "@preact/signals"
import type { ChatMessage } from "#protocol"
import { nameOf, wordOf } from "./panels/channels/channel-state.ts"
import { toMismatch } from "./panels/connection/mismatch.ts"
import { textOf } from "./store/chat.ts"
import type { ConnectionState } from "./store/connection.ts"
import type { Page } from "./store/page.ts"
import { language, text } from "./text/index.ts"
import { toFirstSentence } from "./ui/first-sentence.ts"
import { toWords } from "./ui/rich-text.tsx"

export interface Announcer {
  status(line: string): void
  log(line: string): void
}

export type Announced = Pick<
  Page,
  "chats" | "connection" | "health" | "outbox" | "reply" | "settings"
>

/** What is over sooner is not worth a word. */
const HITCH_MS = 1_500
const REFRESH_HITCH_MS = 1_000
const STILL_WORKING_MS = 30_000

/** Speaks for the page until the result is called. */
export function announce(page: Announced, announcer: Announcer): () => void {
  const stops = [
    announceConnection(page, announcer),
    announceRuns(page, announcer),
    announceReplies(page, announcer),
    announceChannels(page, announcer),
    announceQuestions(page, announcer),
    announceUnkept(page, announcer),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function announceConnection({ connection }: Announced, { status }: Announcer): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitingFor: "connecting" | "outage" | undefined
  let outageWasSaid = false
  let refreshingSince: number | undefined

  function later(what: "connecting" | "outage", say: () => void): void {
    if (waitingFor === what) return
    clearTimeout(timer)
    waitingFor = what
    timer = setTimeout(say, HITCH_MS)
  }

  function settled(state: ConnectionState): void {
    clearTimeout(timer)
    waitingFor = undefined
    if (state.at === "incompatible") status(toMismatch(state.expected))
    if (state.at === "refreshing") {
      refreshingSince ??= state.since
      return
    }
    const wasLong = Date.now() - (refreshingSince ?? Date.now()) > REFRESH_HITCH_MS
    refreshingSince = undefined
    if (state.at !== "ready") return
    if (outageWasSaid) status(text.announce.connected)
    else if (wasLong) status(text.announce.caughtUp)
    outageWasSaid = false
  }

  const stop = effect(() => {
    const state = connection.state.value
    const { at } = state
    if (at === "offline" || at === "restarting") {
      later("outage", () => {
        outageWasSaid = true
        status(at === "offline" ? text.announce.offline : text.announce.restarting)
      })
    } else if (at === "booting" || at === "connecting") {
      later("connecting", () => status(text.banner.connecting(location.host)))
    } else settled(state)
  })
  return () => {
    clearTimeout(timer)
    stop()
  }
}

/** Each change of a channel for better or worse; that it is trying is no news. */
function announceChannels({ health }: Announced, { status }: Announcer): () => void {
  const wasOpen = new Map<string, boolean>()
  return effect(() => {
    for (const [id, channel] of Object.entries(health.snapshot.value?.channels ?? {})) {
      if (channel.state === "connecting") continue
      const isOpen = channel.state === "open"
      const isNews = wasOpen.has(id) && wasOpen.get(id) !== isOpen
      wasOpen.set(id, isOpen)
      if (isNews) status(text.announce.channel(nameOf(id), wordOf(channel)))
    }
  })
}

/** Once for each question; the time that is left is only to be read. */
function announceQuestions({ chats, connection }: Announced, { status }: Announcer): () => void {
  let known: ReadonlySet<string> = new Set()
  return effect(() => {
    if (!connection.offers("agent.decide")) return
    const waiting = chats.current.value.waiting.value
    const news = waiting.filter(({ requestId }) => !known.has(requestId))
    known = new Set(waiting.map(({ requestId }) => requestId))
    for (const { request } of news) status(text.announce.asks(request?.title ?? ""))
  })
}

/** Answers of the conversation on the screen, also one that was fetched because its end was missed. */
function announceReplies({ chats, reply, settings }: Announced, { log }: Announcer): () => void {
  const said = new Set<string>()
  let awaited: { readonly sessionKey: string; readonly runId: string } | undefined

  function say(message: ChatMessage): void {
    const choice = settings.of("announce").peek()
    if (said.has(message.id) || choice === "off") return
    said.add(message.id)
    void toWords(textOf(message)).then((words) =>
      log(choice === "first" ? toFirstSentence(words, language.peek().locale) : words),
    )
  }

  const stops = [
    effect(() => {
      const latest = reply.value
      if (latest?.sessionKey === chats.current.peek().sessionKey) say(latest.message)
    }),
    effect(() => {
      const { liveRun, rows, sessionKey } = chats.current.value
      if (liveRun.value !== undefined) awaited = { sessionKey, runId: liveRun.value.runId }
      if (liveRun.value !== undefined || awaited?.sessionKey !== sessionKey) return
      const answer = rows.value
        .flatMap((row) => (row.kind === "message" ? row.message : []))
        .findLast(({ role, runId }) => role === "assistant" && runId === awaited?.runId)
      if (answer === undefined) return
      awaited = undefined
      say(answer)
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function announceRuns({ chats, connection }: Announced, { status }: Announcer): () => void {
  let timer: ReturnType<typeof setInterval> | undefined
  let announced: string | undefined
  const stop = effect(() => {
    const run = chats.current.value.liveRun.value
    if (run === undefined) {
      clearInterval(timer)
      timer = undefined
      return
    }
    timer ??= setInterval(() => {
      // An agent that waits for an answer is not at work, and of one behind an outage nothing is known.
      const isAsked = chats.current.peek().waiting.peek().length > 0
      if (!isAsked && connection.online.peek()) status(text.announce.stillWorking)
    }, STILL_WORKING_MS)
    const hasBegun = run.parts.some(({ type }) => type === "text")
    if (hasBegun && announced !== run.runId) {
      announced = run.runId
      status(text.announce.replying)
    }
  })
  return () => {
    clearInterval(timer)
    stop()
  }
}

function announceUnkept({ outbox }: Announced, { status }: Announcer): () => void {
  return effect(() => {
    if (outbox.unkept.value) status(text.pending.unkept)
  })
}
