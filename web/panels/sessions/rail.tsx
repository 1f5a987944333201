// The conversations, newest first, and the way to the panels.

import "./rail.css"
import type { ComponentChildren } from "preact"
import { useContext, useEffect, useRef, useState } from "preact/hooks"
import { MAIN_SESSION, type SessionRow } from "#protocol"
import { isStuck } from "../../store/outbox-entry.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { nextOf } from "../../ui/menu.tsx"
import { StatusLine } from "../../ui/status.ts"
import { createEnterGuard } from "../chat/enter.ts"
import type { PanelProps } from "../panel.ts"
import { SessionItem } from "./session-item.tsx"
import { matches, titleOf } from "./title.ts"
import { writeIn } from "./write-in.ts"

interface RailProps extends PanelProps {
  /** A drawer that is closed takes no focus, also while it moves out of sight. */
  readonly away: boolean
  /** What stands under the list. */
  readonly children: ComponentChildren
}

interface Listed {
  readonly key: string
  readonly row: SessionRow | undefined
}

export function Rail({ page, away, children }: RailProps) {
  const { chats, sessions, view } = page
  const [filter, setFilter] = useState("")
  const box = useRef<HTMLElement>(null)
  const open = page.chat.sessionKey
  const listed = listOf(sessions.rows.value, [open, MAIN_SESSION, ...unsentIn(page)])
  const found = listed.filter(({ key, row }) => matches(titleOf(key, row), filter))
  const say = useContext(StatusLine)
  useEffect(() => {
    if (filter.trim() !== "") say(text.sessions.found(found.length))
  }, [filter])

  const openFirst = () => {
    const [first] = found
    if (filter.trim() === "" || first === undefined) return
    setFilter("")
    writeIn(page, () => chats.open(first.key))
  }
  return (
    <div class="rail" inert={away}>
      <nav
        ref={box}
        class="sessions"
        aria-label={text.sessions.title}
        onKeyDown={(event) => moveFocus(event, box.current)}
      >
        <Button label={text.sessions.new} icon="plus" onClick={() => writeIn(page, chats.begin)} />
        <Filter value={filter} onInput={setFilter} onEnter={openFirst} />
        <ul class="session-list">
          {found.map(({ key, row }) => (
            <SessionItem
              key={key}
              page={page}
              sessionKey={key}
              row={row}
              open={key === open}
              onOpen={() => {
                void chats.open(key)
                view.setDrawer(false)
              }}
            />
          ))}
        </ul>
        {found.length === 0 && <NoneFound page={page} filter={filter} />}
        <Rest page={page} />
      </nav>
      {children}
    </div>
  )
}

/** Conversations that hold something which was not sent. */
function unsentIn({ outbox }: PanelProps["page"]): readonly string[] {
  return outbox.entries.value.flatMap((entry) => (isStuck(entry) ? entry.sessionKey : []))
}

/** A conversation that nobody has begun is not in the gateway's list. */
function listOf(rows: readonly SessionRow[], others: readonly string[]): readonly Listed[] {
  const known = new Set(rows.map(({ key }) => key))
  const unlisted = [...new Set(others)].filter((key) => !known.has(key))
  return [
    ...unlisted.map((key) => ({ key, row: undefined })),
    ...rows.map((row) => ({ key: row.key, row })),
  ]
}

interface FilterProps {
  readonly value: string
  readonly onInput: (value: string) => void
  readonly onEnter: () => void
}

function Filter({ value, onInput, onEnter }: FilterProps) {
  const enter = useRef(createEnterGuard())
  return (
    <input
      id="session-filter"
      class="session-filter"
      type="search"
      autocomplete="off"
      aria-label={text.sessions.filter}
      placeholder={text.sessions.filter}
      value={value}
      onInput={({ currentTarget }) => onInput(currentTarget.value)}
      onCompositionEnd={(event) => enter.current.compositionEnded(event.timeStamp)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && enter.current.isReal(event)) {
          // The key would press what has the focus by then.
          event.preventDefault()
          onEnter()
        }
        if (event.key !== "Escape" || value === "") return
        event.preventDefault()
        event.stopPropagation()
        onInput("")
      }}
    />
  )
}

function NoneFound({ page, filter }: PanelProps & { filter: string }) {
  const { noneFound, noneFoundYet } = text.sessions
  const words = filter.trim()
  const isAll = !page.sessions.hasMore.value
  return <p class="session-none muted">{isAll ? noneFound(words) : noneFoundYet(words)}</p>
}

/** What is not in the list yet. */
function Rest({ page }: PanelProps) {
  const { connection, sessions } = page
  const { failed, loadingMore, more, retry } = text.sessions
  const fetching = sessions.fetching.value
  if (!connection.offers("sessions.list")) return null
  if (!sessions.loaded.value && fetching !== "failed") {
    return (
      <div class="session-skeleton" aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
    )
  }
  if (fetching === "failed" && connection.online.value) {
    const again = sessions.loaded.value ? sessions.loadMore : sessions.refresh
    return (
      <div class="session-rest" role="alert">
        <p class="problem">{failed}</p>
        {/* How it ends shows here. */}
        <Button label={retry} icon="retry" onClick={() => void again().catch(() => undefined)} />
      </div>
    )
  }
  if (!sessions.hasMore.value) return null
  const isLoading = fetching === "loading"
  return (
    <div class="session-rest">
      <Button
        label={isLoading ? loadingMore : more}
        look="quiet"
        busy={isLoading}
        disabled={!connection.online.value}
        onClick={() => void sessions.loadMore()}
      />
    </div>
  )
}

/** With the arrows from one conversation to the next; down from the filter into the list. */
function moveFocus(event: KeyboardEvent, box: HTMLElement | null): void {
  const { target, key } = event
  if (box === null || !(target instanceof HTMLElement) || event.defaultPrevented) return
  const items = [...box.querySelectorAll<HTMLElement>(".session")]
  const isFilter = target.matches("#session-filter")
  if (isFilter ? key !== "ArrowDown" : !target.matches(".session")) return
  const next = isFilter ? 0 : nextOf(key, items.indexOf(target), items.length)
  if (next === undefined) return
  event.preventDefault()
  items[next]?.focus()
}
