// The conversation and the box to write in.

import { text } from "../../text/index.ts"
import type { PanelProps } from "../panel.ts"
import { Composer } from "./composer.tsx"
import { Transcript } from "./transcript.tsx"

export function ChatPanel({ page }: PanelProps) {
  return (
    <div class="chat">
      <Transcript page={page} />
      <Composer page={page} />
      <span class="visually-hidden" id="composer-hint">
        {text.composer.hint}
      </span>
    </div>
  )
}
