import { useState } from "preact/hooks"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"
import { Strip } from "../strip.tsx"

/** Where the browser's storage is full or forbidden: said once, until the person has read it. */
export function UnkeptNotice({ page: { outbox } }: PanelProps) {
  const [isRead, setRead] = useState(false)
  if (!outbox.unkept.value || isRead) return null
  return (
    <Strip tone="quiet" label={text.pending.unkeptLabel}>
      <span>{text.pending.unkept}</span>
      <Button label={text.banner.understood} look="quiet" onClick={() => setRead(true)} />
    </Strip>
  )
}
