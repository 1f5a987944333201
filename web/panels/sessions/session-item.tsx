// One conversation of the list, and what can be done with it.

import { useLayoutEffect, useRef, useState } from "preact/hooks"
import type { SessionRow } from "#protocol"
import { isStuck } from "../../store/outbox-entry.ts"
import { text } from "../../text/index.ts"
import { Icon } from "../../ui/icon.tsx"
import { MenuButton, type MenuItem } from "../../ui/menu.tsx"
import { createPart } from "../../ui/part.ts"
import { useNow } from "../../ui/use-now.ts"
import { toFullTime } from "../dates.ts"
import { LaterPart } from "../later-part.tsx"
import type { PanelProps } from "../panel.ts"
import { ExportLine } from "./export-line.tsx"
import type { ExportWish } from "./exporting.tsx"
import type { SessionFormProps } from "./session-forms.tsx"
import { sourceOf, titleOf } from "./title.ts"

interface SessionItemProps extends PanelProps {
  readonly sessionKey: string
  readonly row: SessionRow | undefined
  readonly open: boolean
  readonly onOpen: () => void
}

type Mode = "plain" | SessionFormProps["action"]

export const sessionForm = createPart(
  () => import("./session-forms.tsx"),
  (file) => file.SessionForm,
)

const MINUTE_MS = 60_000

export function SessionItem(props: SessionItemProps) {
  const { onOpen, open, page, row, sessionKey } = props
  const [mode, setMode] = useState<Mode>("plain")
  const item = useRef<HTMLLIElement>(null)
  const wasPlain = useRef(true)
  const [wish, setWish] = useState<ExportWish>()
  const isPlain = mode === "plain" || row === undefined

  // From the menu into what it opened, and back.
  useLayoutEffect(() => {
    if (wasPlain.current === isPlain) return
    wasPlain.current = isPlain
    if (isPlain) item.current?.querySelector<HTMLElement>(".session")?.focus()
  }, [isPlain])

  const close = () => {
    page.sessions.dismiss(sessionKey)
    setMode("plain")
  }
  const items = row === undefined ? [] : menuOf(props, setWish, setMode)
  return (
    <li class="session-item" ref={item}>
      {isPlain ? (
        <>
          <button
            type="button"
            class="session"
            {...(open && { "aria-current": "page" as const })}
            onClick={onOpen}
          >
            <SessionLine page={page} sessionKey={sessionKey} row={row} />
          </button>
          {items.length > 0 && (
            <MenuButton label={text.sessions.menuOf(titleOf(sessionKey, row))} items={items} />
          )}
        </>
      ) : (
        <LaterPart
          page={page}
          part={sessionForm}
          props={{ page, row, action: mode, onDone: close }}
        />
      )}
      <ExportLine
        page={page}
        sessionKey={sessionKey}
        title={titleOf(sessionKey, row)}
        wish={wish}
        onEnd={() => setWish(undefined)}
      />
    </li>
  )
}

function menuOf(
  { page, row }: SessionItemProps,
  save: (wish: ExportWish) => void,
  setMode: (mode: Mode) => void,
): readonly MenuItem[] {
  const { exportJson, exportMarkdown, remove, rename, reset } = text.sessions
  const { offers, online } = page.connection
  if (row === undefined || !online.value) return []
  const items: (MenuItem | false)[] = [
    offers("sessions.patch") && {
      label: rename,
      icon: "edit",
      onSelect: () => setMode("rename"),
    },
    { label: exportMarkdown, icon: "download", onSelect: () => save({ format: "md" }) },
    { label: exportJson, icon: "download", onSelect: () => save({ format: "json" }) },
    offers("sessions.reset") && {
      label: reset,
      icon: "retry",
      onSelect: () => setMode("reset"),
    },
    offers("sessions.delete") && {
      label: remove,
      icon: "trash",
      onSelect: () => setMode("remove"),
    },
  ]
  return items.filter((item) => item !== false)
}

function SessionLine({ page, row, sessionKey }: Omit<SessionItemProps, "onOpen" | "open">) {
  const { badge, name } = sourceOf(row)
  const unread = page.reading.unreadOf(sessionKey)
  const isUnsent = page.outbox.entries.value.some(
    (entry) => entry.sessionKey === sessionKey && isStuck(entry),
  )
  return (
    <>
      <span class="session-source" title={name}>
        {badge === undefined ? <Icon name="channels" /> : <span aria-hidden="true">{badge}</span>}
        <span class="visually-hidden">{`${name}: `}</span>
      </span>
      <span class="session-title" dir="auto">
        {titleOf(sessionKey, row)}
      </span>
      {row?.running === true && (
        <span class="session-running">
          <span class="pulse" />
          <span class="visually-hidden">{`, ${text.sessions.running}`}</span>
        </span>
      )}
      {isUnsent && (
        <span class="session-unsent" title={text.pending.failed}>
          <Icon name="alert" />
          <span class="visually-hidden">{`, ${text.pending.failed}`}</span>
        </span>
      )}
      {unread > 0 && (
        <span class="session-unread">
          <span aria-hidden="true">{unread}</span>
          <span class="visually-hidden">{`, ${text.sessions.unread(unread)}`}</span>
        </span>
      )}
      {row !== undefined && <Age ts={page.health.toPageTime(row.updatedAt)} />}
    </>
  )
}

function Age({ ts }: { ts: number }) {
  const now = useNow(MINUTE_MS / 2)
  const ms = now - ts
  return (
    <>
      <span class="visually-hidden">, </span>
      <time class="session-age" dateTime={new Date(ts).toISOString()} title={toFullTime(ts)}>
        {ms < MINUTE_MS ? text.justNow : text.age(ms)}
      </time>
    </>
  )
}
