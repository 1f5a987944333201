// What is said to a screen reader: short events of the connection in one place, whole finished
// answers in the other, never a text while it grows.

import { effect } from "@preact/signals"
import { nameOf, wordOf } from "./panels/channels/channel-state.ts"
import { textOf } from "./store/chat.ts"
import type { Page } from "./store/page.ts"
import { text } from "./text/index.ts"

export interface Announcer {
  status(line: string): void
  log(line: string): void
}

/** An outage this short is not worth a word. */
const HITCH_MS = 1_500
const STILL_WORKING_MS = 30_000

/** Speaks for the page until the result is called. */
export function announce(page: Page, announcer: Announcer): () => void {
  const stops = [
    announceOutages(page, announcer),
    announceRuns(page, announcer),
    announceChannels(page, announcer),
    announceQuestions(page, announcer),
    effect(() => {
      const message = page.chat.finished.value
      if (message !== undefined) announcer.log(textOf(message))
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function announceOutages({ connection }: Page, { status }: Announcer): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let said = false
  return effect(() => {
    const { at } = connection.state.value
    if (at === "offline" || at === "restarting") {
      timer ??= setTimeout(() => {
        said = true
        status(at === "offline" ? text.announce.offline : text.announce.restarting)
      }, HITCH_MS)
      return
    }
    clearTimeout(timer)
    timer = undefined
    if (at === "ready" && said) {
      said = false
      status(text.announce.connected)
    }
  })
}

/** Each change of a channel for better or worse; that it is trying is no news. */
function announceChannels({ health }: Page, { status }: Announcer): () => void {
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
function announceQuestions({ chats, connection }: Page, { status }: Announcer): () => void {
  let known: ReadonlySet<string> = new Set()
  return effect(() => {
    if (!connection.offers("agent.decide")) return
    const waiting = chats.current.value.waiting.value
    const news = waiting.filter(({ requestId }) => !known.has(requestId))
    known = new Set(waiting.map(({ requestId }) => requestId))
    for (const { request } of news) status(text.announce.asks(request?.title ?? ""))
  })
}

function announceRuns({ chats }: Page, { status }: Announcer): () => void {
  let timer: ReturnType<typeof setInterval> | undefined
  let announced: string | undefined
  return effect(() => {
    const run = chats.current.value.liveRun.value
    if (run === undefined) {
      clearInterval(timer)
      timer = undefined
      return
    }
    timer ??= setInterval(() => {
      // An agent that waits for an answer is not at work.
      if (chats.current.peek().waiting.peek().length === 0) status(text.announce.stillWorking)
    }, STILL_WORKING_MS)
    const hasBegun = run.parts.some(({ type }) => type === "text")
    if (hasBegun && announced !== run.runId) {
      announced = run.runId
      status(text.announce.replying)
    }
  })
}
