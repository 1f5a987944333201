// The desktop says that an answer has come, when the page is hidden and the person wants to be told.

import { effect } from "@preact/signals"
import type { ChatMessage } from "#protocol"
import { titleOf } from "./panels/sessions/title.ts"
import { textOf } from "./store/chat.ts"
import type { Page } from "./store/page.ts"
import { language, text } from "./text/index.ts"
import { toFirstSentence } from "./ui/first-sentence.ts"
import { toWords } from "./ui/rich-text.tsx"

export interface DesktopNote {
  /** A note with the id of another takes its place, so that two tabs tell a thing once. */
  readonly id: string
  readonly title: string
  readonly body: string
  readonly onOpen: () => void
}

export interface Desktop {
  isHidden(): boolean
  show(note: DesktopNote): void
  /** Goes to the conversation, to write in it. */
  open(sessionKey: string): void
}

export type NotifyingPage = Pick<Page, "reply" | "sessions" | "settings">

const MAX_LENGTH = 140

/** Tells of answers until the result is called. */
export function notifyOfReplies(page: NotifyingPage, desktop: Desktop): () => void {
  return effect(() => {
    const reply = page.reply.value
    if (reply === undefined || page.settings.of("notify").peek() !== "on") return
    if (!desktop.isHidden()) return
    const { message, sessionKey } = reply
    void toBody(message).then((body) =>
      desktop.show({
        id: message.id,
        title: titleOf(sessionKey, page.sessions.find(sessionKey)),
        body,
        onOpen: () => desktop.open(sessionKey),
      }),
    )
  })
}

async function toBody(message: ChatMessage): Promise<string> {
  const words = toFirstSentence(await toWords(textOf(message)), language.peek().locale)
  if (words === "") return message.status === "ok" ? text.tab.replied : text.tab.failed
  return words.length > MAX_LENGTH ? `${words.slice(0, MAX_LENGTH)}…` : words
}

/** Shows a note by the browser; one that cannot, or may not, shows nothing. */
export function showOnDesktop({ body, id, onOpen, title }: DesktopNote): void {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return
  try {
    const note = new Notification(title, { body, tag: id })
    note.onclick = () => {
      focus()
      onOpen()
      note.close()
    }
  } catch {
    // Some browsers of phones have the name, but give notifications to service workers only.
  }
}
