import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"
import { ExportLine } from "../sessions/session-item.tsx"
import { titleOf } from "../sessions/title.ts"
import { useExport } from "../sessions/use-export.ts"

/** Saves the conversation on the screen, which the list of conversations offers for each one. */
export function Export({ page }: PanelProps) {
  const { sessionKey } = page.chat
  const row = page.sessions.find(sessionKey)
  const exporting = useExport(page, sessionKey, row)
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
          onClick={() => exporting.begin("md")}
        />
        <Button
          label={text.sessions.exportJson}
          icon="download"
          onClick={() => exporting.begin("json")}
        />
      </div>
      <ExportLine exporting={exporting} />
    </>
  )
}
