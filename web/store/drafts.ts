// What is being typed, one draft for each session. It survives a reload, a lost connection and a failed
// send. All tabs of the browser show the same draft, as it was typed last in whichever of them: so no
// tab overwrites unseen what another one holds, and Send in two of them sends one message.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals"
import type { TabGroup, Tabs } from "../tabs.ts"
import type { SentEntry } from "./outbox-entry.ts"
import type { Storage } from "./storage.ts"

export interface Drafts {
  /** The same signal for the same session. */
  of(sessionKey: string): ReadonlySignal<string>
  write(sessionKey: string, text: string): void
  /** Under which the draft is sent: the same in all tabs, and another one for the next draft. */
  keyOf(sessionKey: string): string
  /** These are in the outbox or on the gateway. What was typed behind a text meanwhile stays. */
  taken(sent: readonly SentEntry[]): void
  /** The conversation is no more. */
  drop(sessionKey: string): void
  /** From now on drafts are kept here; what was typed in this page stays, what was kept elsewhere goes. */
  moveTo(home: DraftsHome): void
}

export interface DraftsHome {
  readonly gatewayId: string
  readonly storage: Storage
}

export interface DraftsParts {
  readonly tabs: Tabs
  readonly createKey: () => string
}

interface Draft {
  readonly text: Signal<string>
  key: string | undefined
  /** What the outbox was given and has not taken yet. Whatever is typed meanwhile is another message. */
  leaving: { readonly key: string; readonly text: string } | undefined
}

interface DraftNews {
  readonly sessionKey: string
  readonly text: string
  readonly key: string | undefined
}

export function createDrafts({ createKey, tabs }: DraftsParts, first: DraftsHome): Drafts {
  const drafts = new Map<string, Draft>()
  const typed = new Set<string>()
  let home = first
  let group: TabGroup = join(first)

  function join({ gatewayId }: DraftsHome): TabGroup {
    return tabs.join(`clawdis:${gatewayId}:drafts`, (data) => {
      if (isDraftNews(data)) show(data)
    })
  }

  function find(sessionKey: string): Draft {
    const known = drafts.get(sessionKey)
    if (known !== undefined) return known
    const draft = { text: signal(""), key: undefined, leaving: undefined }
    drafts.set(sessionKey, draft)
    read(sessionKey, draft)
    return draft
  }

  function read(sessionKey: string, draft: Draft): void {
    draft.text.value = home.storage.read(textAt(sessionKey)) ?? ""
    draft.key = home.storage.read(keyAt(sessionKey))
  }

  function show({ key, sessionKey, text }: DraftNews): void {
    const draft = find(sessionKey)
    draft.key = key
    draft.text.value = text
  }

  function keep(news: DraftNews): void {
    const { key, sessionKey, text } = news
    show(news)
    keepAt(textAt(sessionKey), text === "" ? undefined : text)
    keepAt(keyAt(sessionKey), key)
    group.tell(news)
  }

  function keepAt(name: string, value: string | undefined): void {
    if (value === undefined) home.storage.remove(name)
    else home.storage.write(name, value)
  }

  function write(sessionKey: string, text: string): void {
    typed.add(sessionKey)
    const draft = find(sessionKey)
    const isAnother = draft.leaving?.key === draft.key && draft.leaving?.text !== text
    const key = (isAnother ? undefined : draft.key) ?? createKey()
    keep({ sessionKey, text, key: text === "" ? undefined : key })
  }

  return {
    of: (sessionKey) => find(sessionKey).text,
    write,
    keyOf(sessionKey) {
      const draft = find(sessionKey)
      draft.key ??= createKey()
      draft.leaving = { key: draft.key, text: draft.text.peek() }
      return draft.key
    },
    taken(sent) {
      const texts = new Map(sent.map(({ key, text }) => [key, text]))
      for (const [sessionKey, draft] of drafts) {
        const { leaving } = draft
        const key = [draft.key, leaving?.key].find((own) => own !== undefined && texts.has(own))
        if (key === undefined) continue
        if (leaving?.key === key) draft.leaving = undefined
        const text = draft.text.peek()
        const rest = restOf(text, texts.get(key) ?? (draft.key === key ? text : leaving?.text))
        const isOther = rest === text && draft.key !== key
        if (!isOther) keep({ sessionKey, text: rest, key: rest === "" ? undefined : createKey() })
      }
    },
    drop(sessionKey) {
      typed.delete(sessionKey)
      find(sessionKey).leaving = undefined
      keep({ sessionKey, text: "", key: undefined })
    },
    moveTo(next) {
      const isOther = next.gatewayId !== home.gatewayId
      if (isOther) {
        // What was typed was for whoever answers: it goes along, and nothing of it stays behind.
        for (const sessionKey of typed) {
          home.storage.remove(textAt(sessionKey))
          home.storage.remove(keyAt(sessionKey))
        }
        group.leave()
        group = join(next)
      }
      home = next
      for (const [sessionKey, draft] of drafts) {
        if (typed.has(sessionKey)) write(sessionKey, draft.text.peek())
        else read(sessionKey, draft)
      }
    },
  }
}

function restOf(text: string, sent = ""): string {
  const rest = text.startsWith(sent) ? text.slice(sent.length) : text
  return rest.trim() === "" ? "" : rest
}

function isDraftNews(data: unknown): data is DraftNews {
  const news = data as Partial<Record<keyof DraftNews, unknown>> | null
  return (
    typeof news?.sessionKey === "string" &&
    typeof news.text === "string" &&
    (news.key === undefined || typeof news.key === "string")
  )
}

const textAt = (sessionKey: string) => `draft:${sessionKey}`
const keyAt = (sessionKey: string) => `draft-key:${sessionKey}`
