// The conversations, newest first, and the way to the panels.

import type { ComponentChildren } from "preact"
import { MAIN_SESSION, type SessionRow } from "#protocol"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"
import { titleOf } from "./title.ts"

interface RailProps extends PanelProps {
  /** What stands under the list. */
  readonly children: ComponentChildren
}

export function Rail({ page, children }: RailProps) {
  const { chats, sessions, view } = page
  const rows = sessions.rows.value
  const isListed = (key: string) => rows.some((row) => row.key === key)
  const open = page.chat.sessionKey
  // A conversation that nobody has begun is not in the gateway's list.
  const unlisted = [...new Set([open, MAIN_SESSION])].filter((key) => !isListed(key))
  const show = (key: string) => {
    void chats.open(key)
    view.setDrawer(false)
  }

  return (
    <div class="rail">
      <nav class="sessions" aria-label={text.sessions.title}>
        <Button
          label={text.sessions.new}
          icon="plus"
          onClick={() => {
            void chats.begin()
            view.setDrawer(false)
          }}
        />
        <ul>
          {unlisted.map((key) => (
            <li key={key}>
              <SessionItem sessionKey={key} open={key === open} onOpen={show} />
            </li>
          ))}
          {rows.map((row) => (
            <li key={row.key}>
              <SessionItem sessionKey={row.key} row={row} open={row.key === open} onOpen={show} />
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </div>
  )
}

interface SessionItemProps {
  readonly sessionKey: string
  readonly row?: SessionRow
  readonly open: boolean
  readonly onOpen: (sessionKey: string) => void
}

function SessionItem({ sessionKey, row, open, onOpen }: SessionItemProps) {
  return (
    <button
      type="button"
      class="session"
      {...(open && { "aria-current": "page" as const })}
      onClick={() => onOpen(sessionKey)}
    >
      <span class="session-title" dir="auto">
        {titleOf(sessionKey, row)}
      </span>
    </button>
  )
}
