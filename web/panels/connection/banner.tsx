// The one line that says what is wrong with the connection and when it is tried again.
// A short hitch shows nothing.

import type { RefObject } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import type { ConnectionState } from "../../store/connection.ts"
import { isUnderWay } from "../../store/outbox-entry.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { useNow } from "../../ui/use-now.ts"
import type { PanelProps } from "../panel.ts"
import { Strip, type StripProps } from "../strip.tsx"
import { InsecureNotice } from "./insecure-notice.tsx"
import { isLoopback, toTunnelCommand } from "./tunnel.ts"

const HITCH_MS = 1_500
const REFRESH_HITCH_MS = 300
const HINT_AFTER_MS = 30_000
const BACK_SHOWN_MS = 2_000

export function Banner({ page }: PanelProps) {
  return (
    <>
      <State page={page} />
      <InsecureNotice page={page} />
    </>
  )
}

function State({ page }: PanelProps) {
  const outageWasShown = useRef(false)
  const state = page.connection.state.value
  switch (state.at) {
    case "booting":
    case "unauthorised":
    case "incompatible":
      return null
    case "ready":
      return outageWasShown.current ? <BackOnline shown={outageWasShown} /> : null
    case "connecting":
      return <Connecting since={state.since} />
    case "offline":
    case "restarting":
      return <Outage page={page} state={state} shown={outageWasShown} />
    case "refreshing":
      return <CatchingUp since={state.since} />
    case "stale":
      return (
        <Line tone="busy">
          <span>{text.banner.stale}</span>
          <Button label={text.banner.retry} look="quiet" onClick={page.refresh} />
        </Line>
      )
    default:
      return state satisfies never
  }
}

function Line(props: Omit<StripProps, "label">) {
  return <Strip {...props} label={text.banner.label} />
}

function Connecting({ since }: { since: number }) {
  const now = useNow(250)
  if (now - since < HITCH_MS) return null
  return <Line tone="quiet">{text.banner.connecting(location.host)}</Line>
}

function CatchingUp({ since }: { since: number }) {
  const now = useNow(100)
  if (now - since < REFRESH_HITCH_MS) return null
  return <Line tone="quiet">{text.banner.catchingUp}</Line>
}

interface OutageProps extends PanelProps {
  readonly state: Extract<ConnectionState, { at: "offline" | "restarting" }>
  readonly shown: RefObject<boolean>
}

function Outage({ page, state, shown }: OutageProps) {
  const now = useNow(250)
  const { since, retryAt } = state
  if (state.at === "offline" && now - since < HITCH_MS) return null
  shown.current = true
  const waiting = page.outbox.entries.value.filter(isUnderWay).length
  return (
    <Line tone="busy">
      <span>
        {state.at === "restarting" ? text.banner.restarting(state.reason) : whatIsWrong(page)}
      </span>
      <span>
        {retryAt === undefined ? text.banner.trying : text.banner.nextTry(text.wait(retryAt - now))}
      </span>
      {waiting > 0 && <span>{text.banner.waiting(waiting)}</span>}
      <Button label={text.banner.retryNow} look="quiet" onClick={page.reconnect} />
      {now - since > HINT_AFTER_MS && (
        <Hint page={page} why={state.at === "offline" ? state.why : undefined} />
      )}
    </Line>
  )
}

/** What may be wrong. Only a page on this machine may have come through a tunnel. */
function Hint({ page, why }: PanelProps & { readonly why: string | undefined }) {
  const { host, hostname, port } = location
  if (why !== undefined) return <span class="banner-hint">{text.banner.cause(host, why)}</span>
  if (!isLoopback(hostname)) return <span class="banner-hint">{text.banner.hint(host)}</span>
  const machine = page.connection.helloOk.value?.server.host
  const webchat = page.health.snapshot.value?.webchat
  const command = toTunnelCommand({
    port,
    host: machine ?? text.banner.machine,
    gatewayPort: webchat?.state === "open" ? webchat.port : undefined,
  })
  return (
    <span class="banner-hint">
      {text.banner.tunnel(host)}
      <span class="command">
        <code dir="ltr">{command}</code>
        <CopyButton
          label={text.copy.copy}
          doneLabel={text.copy.copied}
          iconOnly
          text={() => command}
        />
      </span>
    </span>
  )
}

/** A page that was connected before is coming back; another one has not got through yet. */
function whatIsWrong(page: PanelProps["page"]): string {
  const wasConnected = page.connection.helloOk.value !== undefined
  return wasConnected ? text.banner.reconnecting : text.banner.unreachable
}

/** For a moment, and only after an outage that was shown. */
function BackOnline({ shown }: { shown: RefObject<boolean> }) {
  const [visible, setVisible] = useState(true)
  useEffect(() => {
    const timer = setTimeout(() => {
      shown.current = false
      setVisible(false)
    }, BACK_SHOWN_MS)
    return () => clearTimeout(timer)
  }, [shown])
  return visible ? <Line tone="good">{text.banner.back}</Line> : null
}
