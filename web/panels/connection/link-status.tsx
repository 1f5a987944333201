// Which machine this is, whether it answers, and how fast.

import { useEffect } from "preact/hooks"
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

const MEASURE_MS = 30_000

export function LinkStatus({ page }: PanelProps) {
  const { at } = page.connection.state.value
  const server = page.connection.helloOk.value?.server
  const isOnline = page.connection.online.value
  const latency = page.latency.ms.value

  useEffect(() => {
    if (!isOnline) return
    const measure = () => {
      if (document.visibilityState === "visible") void page.latency.measure()
    }
    measure()
    const timer = setInterval(measure, MEASURE_MS)
    return () => clearInterval(timer)
  }, [isOnline, page])

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form.
    <div class="link-status" role="group" aria-label={text.header.connection}>
      {server !== undefined && (
        <>
          <span class="host" title={text.link.gateway(server.host)}>
            {server.host}
          </span>
          <span class="link-fact">{text.link.version(server.version)}</span>
          {isOnline && latency !== undefined && (
            <span class="link-fact">{text.link.latency(latency)}</span>
          )}
        </>
      )}
      <span class={`dot dot-${TONES[at]}`} />
      <span class="link-word">{text.link[at]}</span>
    </div>
  )
}
