// The rows of the conversation, and where the view stands in them: it follows what is new only from
// the bottom, and keeps its place when older rows are put above.

import type { RefObject } from "preact"
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks"
import type { Row } from "../../store/arrange.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { LinkStrip } from "../channels/link-strip.tsx"
import { toDay } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { LiveAnswer, MessageRow } from "./message.tsx"
import { PendingRow } from "./pending.tsx"

const BOTTOM_PX = 80
const TOP_PX = 160

export function Transcript({ page }: PanelProps) {
  const { chat } = page
  const rows = chat.rows.value
  const scroller = useRef<HTMLElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const view = useView({ scroller, list, rows })
  const isEmpty = rows.length === 0

  return (
    <section
      ref={scroller}
      class="transcript"
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
      {isEmpty && <Empty page={page} />}
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

interface ViewParts {
  readonly scroller: RefObject<HTMLElement | null>
  readonly list: RefObject<HTMLOListElement | null>
  readonly rows: readonly Row[]
}

function useView({ scroller, list, rows }: ViewParts) {
  const [isAway, setAway] = useState(false)
  const [seen, setSeen] = useState(0)
  const following = useRef(true)
  const before = useRef({ firstKey: rows[0]?.key, height: 0 })
  const countable = rows.filter(({ kind }) => kind !== "day").length

  const toBottom = () => {
    const box = scroller.current
    if (box !== null) box.scrollTop = box.scrollHeight
  }

  useLayoutEffect(() => {
    const box = scroller.current
    if (box === null) return
    const last = rows.at(-1)
    const firstKey = rows[0]?.key
    const grewAbove = firstKey !== before.current.firstKey && before.current.firstKey !== undefined
    if (following.current || last?.kind === "pending") {
      if (last?.kind === "pending") following.current = true
      toBottom()
    } else if (grewAbove) box.scrollTop += box.scrollHeight - before.current.height
    before.current = { firstKey, height: box.scrollHeight }
  }, [rows])

  // Rows change their height without new rows: a text streams in, a tool's output is opened.
  useEffect(() => {
    const box = scroller.current
    if (box === null || list.current === null) return
    const observer = new ResizeObserver(() => {
      if (following.current) toBottom()
      before.current = { ...before.current, height: box.scrollHeight }
    })
    observer.observe(box)
    observer.observe(list.current)
    return () => observer.disconnect()
  }, [])

  return {
    isAway,
    unseen: Math.max(0, countable - seen),
    scrolled() {
      const box = scroller.current
      if (box === null) return
      following.current = box.scrollHeight - box.scrollTop - box.clientHeight <= BOTTOM_PX
      if (following.current || !isAway) setSeen(countable)
      setAway(!following.current)
    },
    jump() {
      following.current = true
      setAway(false)
      toBottom()
    },
  }
}

function RowItem({ row, page }: PanelProps & { row: Row }) {
  // A row that did not change is passed over.
  return useMemo(
    () => <li class={`row row-${row.kind}`}>{contentOf(row, page)}</li>,
    [
      row.kind === "message" ? row.message : row.kind === "run" ? row.run : undefined,
      row.kind === "pending" ? row.entry : undefined,
      row.kind === "message" && row.queued,
    ],
  )
}

function contentOf(row: Row, page: PanelProps["page"]) {
  switch (row.kind) {
    case "day":
      return <h2 class="day">{toDay(row.ts, Date.now())}</h2>
    case "message":
      return <MessageRow page={page} message={row.message} queued={row.queued} />
    case "run":
      return <LiveAnswer page={page} run={row.run} />
    case "pending":
      return <PendingRow page={page} entry={row.entry} />
    default:
      return row satisfies never
  }
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
  const { chat, drafts } = page
  if (!chat.loaded.value) {
    return (
      <div class="skeleton" aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
    )
  }
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
            onClick={() => {
              drafts.write(chat.sessionKey, example)
              document.getElementById("message")?.focus()
            }}
          />
        ))}
      </div>
    </div>
  )
}
