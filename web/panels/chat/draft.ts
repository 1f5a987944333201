// What was sent comes back into the message box.

import type { ChatMessage } from "#protocol"
import { filesOf, textOf } from "../../store/chat.ts"
import type { OutboxEntry } from "../../store/outbox.ts"
import type { Page } from "../../store/page.ts"
import { text } from "../../text/index.ts"
import { toBlob } from "../files/to-blob.ts"

/** Puts words into the message box, before what stands there already, and goes there. */
export function takeUp({ drafts }: Page, sessionKey: string, words: string): void {
  const draft = drafts.of(sessionKey).peek()
  drafts.write(sessionKey, [words, draft].filter((part) => part !== "").join("\n"))
  document.getElementById("message")?.focus()
}

/** A message that has not left, with its files. */
export function takeUpEntry(page: Page, entry: OutboxEntry, say: (line: string) => void): void {
  const { files = [], key, sessionKey, text: words } = entry
  const question = questionOf(page, entry)
  if (question === undefined) {
    takeUp(page, sessionKey, words)
    page.files.restore(sessionKey, files)
  } else {
    void takeUpQuestion(page, question, say)
  }
  page.outbox.discard(key)
}

/** What was asked, with its files as far as they can be fetched. */
export async function takeUpQuestion(
  page: Page,
  question: ChatMessage,
  say: (line: string) => void,
): Promise<void> {
  const { media, files } = page
  const { sessionKey } = page.chat
  takeUp(page, sessionKey, textOf(question))
  const fetched = await Promise.all(
    filesOf(question).map(async ({ mediaId, name = "", mimeType }) => {
      await media.load(mediaId)
      const state = media.of(mediaId).peek()
      return state.at === "ready" ? new File([toBlob(state)], name, { type: mimeType }) : undefined
    }),
  )
  if (fetched.includes(undefined)) say(text.files.failed)
  await files.add(
    sessionKey,
    fetched.filter((file) => file !== undefined),
  )
}

/** What the files of a message that has not left are called. */
export function fileNamesOf(page: Page, entry: OutboxEntry): readonly string[] {
  const question = questionOf(page, entry)
  const files = question === undefined ? entry.files : filesOf(question)
  return files?.map(({ mimeType, name = mimeType }) => name) ?? []
}

/** The question that is asked again with its files, as far as it is on the screen. */
function questionOf({ chat }: Page, { retryOf }: OutboxEntry): ChatMessage | undefined {
  if (retryOf === undefined) return undefined
  for (const row of chat.rows.peek()) {
    if (row.kind !== "message") continue
    if (row.question !== undefined && row.message.runId === retryOf) return row.question
  }
  return undefined
}
