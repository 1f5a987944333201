import { useState } from "preact/hooks"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"
import { ExportLine } from "../sessions/export-line.tsx"
import type { ExportWish } from "../sessions/exporting.tsx"
import { titleOf } from "../sessions/title.ts"

/** Saves the conversation on the screen, which the list of conversations offers for each one. */
export function Export({ page }: PanelProps) {
  const { sessionKey } = page.chat
  const row = page.sessions.find(sessionKey)
  const [wish, setWish] = useState<ExportWish>()
  if (row === undefined) return <p class="muted">{later.settings.nothingToExport}</p>
  return (
    <>
      <p class="muted" dir="auto">
        {titleOf(sessionKey, row)}
      </p>
      <div class="card-actions">
        <Button
          label={text.sessions.exportMarkdown}
          icon="download"
          onClick={() => setWish({ format: "md" })}
        />
        <Button
          label={text.sessions.exportJson}
          icon="download"
          onClick={() => setWish({ format: "json" })}
        />
      </div>
      <ExportLine
        page={page}
        sessionKey={sessionKey}
        title={titleOf(sessionKey, row)}
        wish={wish}
        onEnd={() => setWish(undefined)}
      />
    </>
  )
}
