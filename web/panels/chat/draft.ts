import type { Page } from "../../store/page.ts"

/** Puts words into the message box, before what stands there already, and goes there. */
export function takeUp({ drafts }: Page, sessionKey: string, words: string): void {
  const draft = drafts.of(sessionKey).peek()
  drafts.write(sessionKey, draft === "" ? words : `${words}\n${draft}`)
  document.getElementById("message")?.focus()
}
