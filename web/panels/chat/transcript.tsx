// The rows of the conversation. Where the view stands in them is scroll.ts's business.

import { useMemo, useRef } from "preact/hooks"
import type { Row } from "../../store/arrange.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { useNow } from "../../ui/use-now.ts"
import { LinkStrip } from "../channels/link-strip.tsx"
import { toDay } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { AnswerRow } from "./answer.tsx"
import { takeUp } from "./draft.ts"
import { LastView } from "./last-view.tsx"
import { MessageRow } from "./message.tsx"
import { PendingRow } from "./pending.tsx"
import { useScroll } from "./use-scroll.ts"

const TOP_PX = 160

export function Transcript({ page }: PanelProps) {
  const { chat } = page
  const rows = chat.rows.value
  const scroller = useRef<HTMLElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const view = useScroll({ scroller, list, rows })

  return (
    <section
      ref={scroller}
      class="transcript"
      id="transcript"
      aria-label={text.chat.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
      tabIndex={0}
      onScroll={() => {
        view.scrolled()
        if ((scroller.current?.scrollTop ?? TOP_PX) < TOP_PX && chat.olderState.value === "idle") {
          void chat.loadOlder()
        }
      }}
    >
      {chat.loaded.value ? (
        rows.length === 0 && <Empty page={page} />
      ) : (
        <LastView page={page} skeleton={rows.length === 0} />
      )}
      {chat.hasOlder.value && <Older page={page} />}
      <ol class="rows" ref={list} aria-label={text.chat.conversation}>
        {rows.map((row) => (
          <RowItem key={row.key} row={row} page={page} />
        ))}
      </ol>
      {view.isAway && (
        <div class="jump">
          <Button label={text.chat.jump(view.unseen)} icon="arrowDown" onClick={view.jump} />
        </div>
      )}
    </section>
  )
}

function RowItem({ row, page }: PanelProps & { row: Row }) {
  // A row that did not change is passed over.
  return useMemo(
    () => <li class={`row row-${row.kind}`}>{contentOf(row, page)}</li>,
    [
      row.kind,
      row.kind === "message" ? row.message : undefined,
      row.kind === "message" ? row.question : undefined,
      row.kind === "pending" ? row.entry : undefined,
    ],
  )
}

function contentOf(row: Row, page: PanelProps["page"]) {
  switch (row.kind) {
    case "day":
      return <Day ts={row.ts} />
    case "message":
      return row.message.role === "assistant" ? (
        <AnswerRow page={page} message={row.message} question={row.question} />
      ) : (
        <MessageRow page={page} message={row.message} />
      )
    case "run":
      return <AnswerRow page={page} runId={row.runId} />
    case "pending":
      return <PendingRow page={page} entry={row.entry} />
    default:
      return row satisfies never
  }
}

const MINUTE_MS = 60_000

/** What is today is yesterday after midnight. */
function Day({ ts }: { ts: number }) {
  return <h2 class="day">{toDay(ts, useNow(MINUTE_MS))}</h2>
}

function Older({ page }: PanelProps) {
  const { olderState, loadOlder } = page.chat
  const labels = {
    idle: text.chat.older,
    loading: text.chat.olderLoading,
    failed: text.chat.olderFailed,
  }
  return (
    <div class="older">
      <Button
        label={labels[olderState.value]}
        look="quiet"
        disabled={olderState.value === "loading"}
        onClick={() => void loadOlder()}
      />
    </div>
  )
}

function Empty({ page }: PanelProps) {
  const { chat } = page
  return (
    <div class="empty">
      <h2>{text.chat.emptyTitle}</h2>
      <p class="muted">{text.chat.emptyHelp}</p>
      <LinkStrip page={page} />
      <div class="examples">
        {text.chat.examples.map((example) => (
          <Button
            key={example}
            label={example}
            onClick={() => takeUp(page, chat.sessionKey, example)}
          />
        ))}
      </div>
    </div>
  )
}
