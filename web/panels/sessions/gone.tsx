// That the conversation on the screen was deleted by somebody else.

import { useContext, useEffect } from "preact/hooks"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { StatusLine } from "../../ui/status.ts"
import type { PanelProps } from "../panel.ts"
import { Strip } from "../strip.tsx"
import { titleOf } from "./title.ts"

export function GoneNotice({ page }: PanelProps) {
  const gone = page.chats.gone.value
  const say = useContext(StatusLine)
  const line = gone && text.sessions.gone(titleOf(gone.sessionKey, gone.row))
  useEffect(() => {
    if (line !== undefined) say(line)
  }, [line])
  if (line === undefined) return null
  return (
    <Strip tone="busy" label={text.sessions.goneLabel}>
      <span>{line}</span>
      <Button label={text.sessions.seen} look="quiet" onClick={page.chats.dismissGone} />
    </Strip>
  )
}
