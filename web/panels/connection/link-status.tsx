// Which machine this is, and whether it answers.

import type { ConnectionState } from "../../store/connection.ts"
import { text } from "../../text/index.ts"
import type { PanelProps } from "../panel.ts"

const TONES: Record<ConnectionState["at"], string> = {
  booting: "quiet",
  connecting: "busy",
  unauthorised: "bad",
  incompatible: "bad",
  ready: "good",
  refreshing: "good",
  stale: "good",
  offline: "bad",
  restarting: "busy",
}

export function LinkStatus({ page }: PanelProps) {
  const { at } = page.connection.state.value
  const server = page.connection.helloOk.value?.server
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form.
    <div class="link-status" role="group" aria-label={text.header.connection}>
      {server !== undefined && (
        <span class="host" title={text.link.version(server.version)}>
          {server.host}
        </span>
      )}
      <span class={`dot dot-${TONES[at]}`} />
      <span class="link-word">{text.link[at]}</span>
    </div>
  )
}
