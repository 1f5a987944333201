// The conversation and the box to write in.

import { text } from "../../text/index.ts"
import { DropZone } from "../files/attach.tsx"
import type { PanelProps } from "../panel.ts"
import { Composer } from "./composer.tsx"
import { Next } from "./next.tsx"
import { Transcript } from "./transcript.tsx"
import { UnkeptNotice } from "./unkept-notice.tsx"

export function ChatPanel({ page }: PanelProps) {
  return (
    <div class="chat">
      <Transcript page={page} />
      <UnkeptNotice page={page} />
      <Next page={page} />
      <Composer page={page} />
      <DropZone page={page} />
      <span class="visually-hidden" id="composer-hint">
        {text.composer.hint[page.settings.of("enter").value]}
      </span>
    </div>
  )
}
