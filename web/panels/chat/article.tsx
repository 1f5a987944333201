// The frame around every message: who said it and when, and what can be done with it.

import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"
import { text } from "../../text/index.ts"
import { nameOf } from "../channels/channel-state.ts"
import { toFullTime, toShortTime } from "../dates.ts"

export interface ArticleProps {
  readonly kind: "user" | "assistant" | "note"
  readonly who: string
  readonly ts: number
  readonly channel?: string | undefined
  readonly busy?: boolean
  readonly tookMs?: number | undefined
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

/** The time is always part of its name, and to be seen under the pointer or with the focus inside. */
export function Article(props: ArticleProps) {
  const { kind, who, ts, channel, busy = false, tookMs, actions, children } = props
  const id = useId()
  return (
    <article
      class={`message message-${kind}`}
      aria-labelledby={`${id} ${id}-time`}
      aria-busy={busy}
    >
      <header class="message-head" id={id}>
        <span class="who" dir="auto">
          {who}
        </span>{" "}
        {channel !== undefined && channel !== "web" && (
          <span class="tag tag-quiet">{text.chat.via(nameOf(channel))}</span>
        )}
      </header>
      {children}
      <footer class="message-foot">
        {actions}
        <time id={`${id}-time`} dateTime={new Date(ts).toISOString()} title={toFullTime(ts)}>
          {toShortTime(ts)}
        </time>
        {tookMs !== undefined && <span>{text.message.took(text.duration(tookMs))}</span>}
      </footer>
    </article>
  )
}
