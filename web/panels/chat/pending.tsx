// A message that this tab has sent and the gateway has not shown to have.

import { useContext } from "preact/hooks"
import type { OutboxEntry } from "../../store/outbox.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { Icon } from "../../ui/icon.tsx"
import { StatusLine } from "../../ui/status.ts"
import { goOn } from "../go-on.ts"
import type { PanelProps } from "../panel.ts"
import { Article } from "./article.tsx"
import { fileNamesOf, takeUpEntry } from "./draft.ts"
import { ErrorNotice } from "./error-card.tsx"

interface PendingProps extends PanelProps {
  readonly entry: OutboxEntry
}

export function PendingRow({ page, entry }: PendingProps) {
  const { state } = entry
  return (
    <Article kind="user" who={text.chat.you} ts={entry.createdAt}>
      {entry.text !== "" && (
        <div class={`bubble bubble-${state.at}`} dir="auto">
          {entry.text}
        </div>
      )}
      {fileNamesOf(page, entry).map((name, index) => (
        <p key={`${index} ${name}`} class="row-state" dir="auto">
          {name}
        </p>
      ))}
      <PendingState page={page} entry={entry} />
    </Article>
  )
}

function PendingState({ page, entry }: PendingProps) {
  const { state } = entry
  switch (state.at) {
    case "queued":
      return (
        <>
          <p class="row-state">
            <Icon name="clock" />
            {text.pending.queued}
          </p>
          <footer class="row-state">
            {/* What has left once may have come, and edited it would come twice. */}
            {entry.sentAt === undefined && <Edit page={page} entry={entry} />}
            <Discard page={page} entry={entry} />
          </footer>
        </>
      )
    case "sending":
    case "accepted":
      return (
        <p class="row-state">
          <Icon name="clock" />
          {text.pending[state.at]}
        </p>
      )
    case "waiting":
    case "failed":
      return (
        <ErrorNotice
          page={page}
          error={state.error}
          hint={state.at === "waiting" ? text.errors.sentAgain : undefined}
        >
          {reasonOf(entry) !== "request_too_large" && <SendAgain page={page} entry={entry} />}
          {reasonOf(entry) === MOVED && entry.text !== "" && (
            <CopyButton
              label={text.copy.message}
              doneLabel={text.copy.copied}
              text={() => entry.text}
            />
          )}
          <Edit page={page} entry={entry} />
          <Discard page={page} entry={entry} />
        </ErrorNotice>
      )
    case "uncertain":
      return <Uncertain page={page} entry={entry} missing={state.missing} />
    default:
      return state satisfies never
  }
}

/** It stands in another conversation than it was written for. */
const MOVED = "conversation_deleted"

function reasonOf({ state }: OutboxEntry): unknown {
  return state.at === "failed" && state.error.details?.["reason"]
}

/** It left so long ago that the gateway may not know any more whether it came. */
function Uncertain({ page, entry, missing }: PendingProps & { missing: boolean }) {
  const { chat } = page
  return (
    <div class="row-state">
      <span>{missing ? text.pending.missing : text.pending.uncertain}</span>
      {!missing && (
        <Button
          label={text.pending.check}
          look="quiet"
          disabled={!page.connection.online.value}
          onClick={() => goOn(() => void chat.check(entry))}
        />
      )}
      <SendAgain page={page} entry={entry} />
      <Discard page={page} entry={entry} />
    </div>
  )
}

function SendAgain({ page: { outbox }, entry }: PendingProps) {
  const isMoved = reasonOf(entry) === MOVED
  return (
    <Button
      label={isMoved ? text.pending.sendTo(text.sessions.main) : text.pending.sendAgain}
      icon="retry"
      onClick={() => goOn(() => outbox.resend(entry.key))}
    />
  )
}

function Edit({ page, entry }: PendingProps) {
  const say = useContext(StatusLine)
  return (
    <Button label={text.pending.edit} look="quiet" onClick={() => takeUpEntry(page, entry, say)} />
  )
}

function Discard({ page: { outbox }, entry }: PendingProps) {
  return (
    <Button
      label={text.pending.discard}
      look="quiet"
      onClick={() => goOn(() => outbox.discard(entry.key))}
    />
  )
}
