import { useState } from "preact/hooks"
import { later } from "../../text/later.ts"
import { AskButton } from "../../ui/ask-button.tsx"
import type { PanelProps } from "../panel.ts"

/** Takes everything of this gateway out of the browser, and says beforehand what that is. */
export function Forget({ page }: PanelProps) {
  const [busy, setBusy] = useState(false)
  const host = page.connection.helloOk.value?.server.host ?? location.host
  const unsent = page.outbox.entries.value.length
  return (
    <>
      <p class="muted">{later.settings.forgetHelp(host)}</p>
      <AskButton
        label={later.settings.forget}
        yes={later.settings.forgetYes}
        no={later.channels.cancel}
        question={later.settings.forgetAsk(host, unsent)}
        danger
        busy={busy}
        onClick={() => {
          setBusy(true)
          void page.forget()
        }}
      />
    </>
  )
}
