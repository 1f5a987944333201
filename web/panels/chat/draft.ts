// What was sent comes back into the message box.

import type { OutboxEntry } from "../../store/outbox.ts"
import type { Page } from "../../store/page.ts"

/** Puts words into the message box, before what stands there already, and goes there. */
export function takeUp({ drafts }: Page, sessionKey: string, words: string): void {
  const draft = drafts.of(sessionKey).peek()
  drafts.write(sessionKey, [words, draft].filter((part) => part !== "").join("\n"))
  document.getElementById("message")?.focus()
}

/** A message that has not left, with its files. */
export function takeUpEntry(page: Page, { files = [], key, sessionKey, text }: OutboxEntry): void {
  takeUp(page, sessionKey, text)
  page.files.restore(sessionKey, files)
  page.outbox.discard(key)
}
