// Saves a whole conversation as a file, and says how far that is. It ends when it is taken from the page.

import { useContext, useEffect, useState } from "preact/hooks"
import { toShape } from "../../store/thrown.ts"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { StatusLine } from "../../ui/status.ts"
import type { PanelProps } from "../panel.ts"
import { saveConversation } from "./save-conversation.ts"

export interface ExportWish {
  readonly format: "md" | "json"
}

export interface ExportingProps extends PanelProps {
  readonly sessionKey: string
  readonly title: string
  /** Another one takes its place. */
  readonly wish: ExportWish
  readonly onEnd: () => void
}

type State =
  | { readonly at: "working"; readonly count: number }
  | { readonly at: "failed"; readonly problem: string }

export function Exporting({ page, sessionKey, title, wish, onEnd }: ExportingProps) {
  const [state, setState] = useState<State>({ at: "working", count: 0 })
  const say = useContext(StatusLine)

  async function save(signal: AbortSignal): Promise<void> {
    try {
      const messages = await page.fetchConversation({
        sessionKey,
        signal,
        onProgress: (count) => setState({ at: "working", count }),
      })
      signal.throwIfAborted()
      say(later.exported.saved(saveConversation({ ...wish, sessionKey, title, messages })))
      onEnd()
    } catch (error) {
      if (!signal.aborted) setState({ at: "failed", problem: toShape(error).message })
    }
  }

  useEffect(() => {
    const running = new AbortController()
    setState({ at: "working", count: 0 })
    void save(running.signal)
    return () => running.abort()
  }, [wish])

  if (state.at === "failed") {
    return (
      <div class="session-note" role="alert">
        <p class="problem">{`${later.exported.failed} ${state.problem}`}</p>
        <Button label={text.sessions.seen} onClick={onEnd} />
      </div>
    )
  }
  return (
    <div class="session-note">
      <p class="muted">{later.exported.soFar(state.count)}</p>
      <Button label={text.sessions.cancel} onClick={onEnd} />
    </div>
  )
}
