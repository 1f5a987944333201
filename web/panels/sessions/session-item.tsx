// One conversation of the list, and what can be done with it.

import { useLayoutEffect, useRef, useState } from "preact/hooks"
import type { SessionRow } from "#protocol"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import { importAgain } from "../../ui/import-again.ts"
import { Lazy } from "../../ui/lazy.tsx"
import { MenuButton, type MenuItem } from "../../ui/menu.tsx"
import { useNow } from "../../ui/use-now.ts"
import { toFullTime } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { partLabels } from "../part-labels.ts"
import type { SessionFormProps } from "./session-forms.tsx"
import { sourceOf, titleOf } from "./title.ts"
import { type Exporting, useExport } from "./use-export.ts"

interface SessionItemProps extends PanelProps {
  readonly sessionKey: string
  readonly row: SessionRow | undefined
  readonly open: boolean
  readonly onOpen: () => void
}

type Mode = "plain" | SessionFormProps["action"]

const loadForm = async () => (await importAgain(() => import("./session-forms.tsx"))).SessionForm

const MINUTE_MS = 60_000

export function SessionItem(props: SessionItemProps) {
  const { onOpen, open, page, row, sessionKey } = props
  const [mode, setMode] = useState<Mode>("plain")
  const item = useRef<HTMLLIElement>(null)
  const wasPlain = useRef(true)
  const exporting = useExport(page, sessionKey, row)
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
  const items = row === undefined ? [] : menuOf(props, exporting, setMode)
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
        <Lazy
          load={loadForm}
          props={{ page, row, action: mode, onDone: close }}
          labels={partLabels()}
          away={!page.connection.online.value}
          onReload={page.reloads.reload}
        />
      )}
      <ExportLine exporting={exporting} />
    </li>
  )
}

function menuOf(
  { page, row }: SessionItemProps,
  exporting: Exporting,
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
    { label: exportMarkdown, icon: "download", onSelect: () => exporting.begin("md") },
    { label: exportJson, icon: "download", onSelect: () => exporting.begin("json") },
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

export function ExportLine({ exporting }: { exporting: Exporting }) {
  const { state } = exporting
  if (state.at === "idle") return null
  if (state.at === "failed") {
    return (
      <div class="session-note" role="alert">
        <p class="problem">{`${text.sessions.notExported} ${state.problem}`}</p>
        <Button label={text.sessions.seen} onClick={exporting.end} />
      </div>
    )
  }
  return (
    <div class="session-note">
      <p class="muted">{text.sessions.exporting(state.count)}</p>
      <Button label={text.sessions.cancel} onClick={exporting.end} />
    </div>
  )
}
