// The door to the part of the page that knows Markdown. That part is a fifth of the page's weight, so it
// comes in a file of its own, beside the connection; until it is there a text is shown as it was written.

import { signal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { MarkdownProps } from "./markdown.tsx"

type MarkdownPart = typeof import("./markdown-part.ts")

/** Of the page's code and not of what it shows: one for all texts, so that they turn together. */
const part = signal<MarkdownPart | undefined>(undefined)

/** Rejects when it cannot be fetched now; the next one who asks tries again. */
export async function loadMarkdown(): Promise<MarkdownPart> {
  const loaded = part.peek() ?? (await import("./markdown-part.ts"))
  part.value = loaded
  return loaded
}

/** Markdown as the words that are read; as it was written, where that part cannot be had. */
export async function toWords(markdown: string): Promise<string> {
  try {
    return (await loadMarkdown()).toPlainText(markdown)
  } catch {
    return markdown
  }
}

export function RichText(props: MarkdownProps) {
  const loaded = part.value
  useEffect(() => {
    // It stays as it was written until the part can be had.
    loadMarkdown().catch(() => undefined)
  }, [])
  if (loaded !== undefined) return <loaded.Markdown {...props} />
  return (
    <div class="markdown as-written" dir="auto">
      {props.text}
    </div>
  )
}
