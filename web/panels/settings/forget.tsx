import { useState } from "preact/hooks"
import { text } from "../../text/index.ts"
import { AskButton } from "../../ui/ask-button.tsx"
import type { PanelProps } from "../panel.ts"

/** Takes everything of this gateway out of the browser, and says beforehand what that is. */
export function Forget({ page }: PanelProps) {
  const [busy, setBusy] = useState(false)
  const host = page.connection.helloOk.value?.server.host ?? location.host
  const unsent = page.outbox.entries.value.length
  return (
    <>
      <p class="muted">{text.settings.forgetHelp(host)}</p>
      <AskButton
        label={text.settings.forget}
        yes={text.settings.forgetYes}
        no={text.channels.cancel}
        question={text.settings.forgetAsk(host, unsent)}
        busy={busy}
        onClick={() => {
          setBusy(true)
          void page.forget()
        }}
      />
    </>
  )
}
