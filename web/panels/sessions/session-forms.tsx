// A conversation gets another name in the place where its name stands, and what cannot be undone is asked.

import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { LIMITS, type SessionRow } from "#protocol"
import type { SessionActionName } from "../../store/sessions.ts"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"
import { titleOf } from "./title.ts"

interface FormProps extends PanelProps {
  readonly row: SessionRow
  readonly onDone: () => void
}

export interface SessionFormProps extends FormProps {
  readonly action: SessionActionName
}

export function SessionForm({ action, ...form }: SessionFormProps) {
  return action === "rename" ? (
    <RenameSession {...form} />
  ) : (
    <AskSession {...form} action={action} />
  )
}

function RenameSession({ page, row, onDone }: FormProps) {
  const [title, setTitle] = useState(() => titleOf(row.key, row))
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => field.current?.select(), [])
  const isBusy = page.sessions.actions.value.get(row.key)?.at === "busy"
  const hint = `rename-hint-${row.key}`
  return (
    <form
      class="session-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (isBusy) return
        if (title === titleOf(row.key, row)) return onDone()
        void page.sessions.rename(row.key, title).then((isDone) => {
          if (isDone) onDone()
          else field.current?.focus()
        })
      }}
      onKeyDown={(event) => cancelOnEscape(event, onDone)}
    >
      <input
        ref={field}
        class="session-filter"
        dir="auto"
        aria-label={later.sessionForms.name}
        aria-describedby={hint}
        maxLength={LIMITS.maxStringLength}
        value={title}
        onInput={({ currentTarget }) => setTitle(currentTarget.value)}
      />
      <p class="muted" id={hint}>
        {later.sessionForms.nameHelp}
      </p>
      <Problem page={page} row={row} action="rename" />
      <div class="session-actions">
        <Button label={later.sessionForms.save} look="primary" submit busy={isBusy} />
        <Button label={text.sessions.cancel} onClick={onDone} />
      </div>
    </form>
  )
}

interface AskProps extends FormProps {
  readonly action: Exclude<SessionActionName, "rename">
}

function AskSession({ page, row, action, onDone }: AskProps) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    box.current?.querySelector<HTMLButtonElement>("button:last-of-type")?.focus()
  }, [])
  const { cancel, remove, reset } = text.sessions
  const { removeAsk, resetAsk } = later.sessionForms
  const title = titleOf(row.key, row)
  const isUnsent =
    page.drafts.of(row.key).value.trim() !== "" ||
    page.files.of(row.key).value.length > 0 ||
    page.outbox.entries.value.some(
      ({ sessionKey, state }) => sessionKey === row.key && state.at !== "accepted",
    )
  const question = action === "remove" ? removeAsk(title, isUnsent) : resetAsk(title)
  const isBusy = page.sessions.actions.value.get(row.key)?.at === "busy"
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form.
    <div
      ref={box}
      class="session-form"
      role="group"
      aria-label={question}
      onKeyDown={(event) => cancelOnEscape(event, onDone)}
    >
      <p>{question}</p>
      <Problem page={page} row={row} action={action} />
      <div class="session-actions">
        <Button
          label={action === "remove" ? remove : reset}
          look="danger"
          busy={isBusy}
          onClick={() => {
            const neighbour = neighbourOf(box.current)
            void page.sessions[action](row.key).then((isDone) => {
              if (!isDone) return
              onDone()
              if (action === "remove") neighbour?.focus()
            })
          }}
        />
        <Button label={cancel} onClick={onDone} />
      </div>
    </div>
  )
}

/** Why it was not done. */
function Problem({
  page,
  row,
  action,
}: PanelProps & { row: SessionRow; action: SessionActionName }) {
  const state = page.sessions.actions.value.get(row.key)
  if (state?.at !== "failed" || state.action !== action) return null
  return (
    <p class="problem" role="alert">
      {`${later.sessionForms.notDone[action]} ${state.error.message}`}
    </p>
  )
}

function cancelOnEscape(event: KeyboardEvent, cancel: () => void): void {
  if (event.key !== "Escape" || event.isComposing) return
  event.preventDefault()
  event.stopPropagation()
  cancel()
}

/** Where the focus goes when the row is gone. */
function neighbourOf(box: HTMLElement | null): HTMLElement | null {
  const item = box?.closest("li")
  const neighbour = item?.nextElementSibling ?? item?.previousElementSibling
  return neighbour?.querySelector<HTMLElement>(".session") ?? null
}
