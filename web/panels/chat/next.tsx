// What waits behind the run at work, in its order. As long as it has not begun it can be edited or taken
// away; what is still in this browser can also change its place.

import { useContext } from "preact/hooks"
import type { Waiting } from "../../store/arrange.ts"
import { textOf } from "../../store/chat.ts"
import type { Page } from "../../store/page.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import type { IconName } from "../../ui/icon.tsx"
import { StatusLine } from "../../ui/status.ts"
import { goOn } from "../go-on.ts"
import type { PanelProps } from "../panel.ts"
import { fileNamesOf, takeUp, takeUpEntry } from "./draft.ts"
import { isOwn } from "./message.tsx"
import { isOf } from "./parts.ts"

export function Next({ page }: PanelProps) {
  const next = page.chat.next.value
  if (next.length === 0) return null
  return (
    <section class="next" aria-label={text.next.title}>
      <ol>
        {next.map((waiting) => (
          <NextItem key={waiting.key} page={page} waiting={waiting} />
        ))}
      </ol>
    </section>
  )
}

function NextItem({ page, waiting }: PanelProps & { waiting: Waiting }) {
  const words = wordsOf(page, waiting)
  return (
    <li class="next-item">
      <span class="next-word">{text.next.title}</span>
      <span class="next-text" dir="auto" title={words}>
        {words}
      </span>
      {waiting.kind === "held" ? (
        <HeldActions page={page} waiting={waiting} words={words} />
      ) : (
        <AcceptedActions page={page} waiting={waiting} words={words} />
      )}
    </li>
  )
}

/** What it says, or which files it brings. */
function wordsOf(page: Page, waiting: Waiting): string {
  if (waiting.kind === "held") {
    return waiting.entry.text || fileNamesOf(page, waiting.entry).join(", ")
  }
  const { parts } = waiting.message
  const files = parts.filter(isOf("attachment"))
  return textOf(waiting.message) || files.map(({ mimeType, name = mimeType }) => name).join(", ")
}

interface ActionsProps<Kind extends Waiting["kind"]> extends PanelProps {
  readonly waiting: Extract<Waiting, { kind: Kind }>
  readonly words: string
}

function HeldActions({ page, waiting: { entry }, words }: ActionsProps<"held">) {
  const { chat, outbox } = page
  const say = useContext(StatusLine)
  if (entry.state.at !== "queued") return null
  const queued = chat.next
    .peek()
    .flatMap((other) =>
      other.kind === "held" && other.entry.state.at === "queued" ? other.entry.key : [],
    )
  const at = queued.indexOf(entry.key)
  const move = (by: number) => {
    const other = queued[at + by]
    return other === undefined ? undefined : () => outbox.swap(entry.key, other)
  }
  return (
    <>
      <Act label={text.next.up} words={words} icon="arrowUp" onClick={move(-1)} />
      <Act label={text.next.down} words={words} icon="arrowDown" onClick={move(1)} />
      <Act
        label={text.next.edit}
        words={words}
        icon="edit"
        onClick={() => takeUpEntry(page, entry, say)}
      />
      <Act
        label={text.next.remove}
        words={words}
        icon="close"
        onClick={() => goOn(() => outbox.discard(entry.key))}
      />
    </>
  )
}

function AcceptedActions({ page, waiting: { message }, words }: ActionsProps<"accepted">) {
  const { chat, connection } = page
  const { runId } = message
  if (runId === undefined || !isOwn(message) || !connection.offers("chat.abort")) return null
  const canAct = connection.online.value
  // Its files would be lost on the way back.
  const canEdit = !message.parts.some(isOf("attachment"))
  const edit = async () => {
    if (await chat.takeBack(runId)) takeUp(page, chat.sessionKey, words)
  }
  return (
    <>
      {canEdit && (
        <Act
          label={text.next.edit}
          words={words}
          icon="edit"
          onClick={canAct ? () => void edit() : undefined}
        />
      )}
      <Act
        label={text.next.remove}
        words={words}
        icon="close"
        onClick={canAct ? () => goOn(() => void chat.takeBack(runId)) : undefined}
      />
    </>
  )
}

interface ActProps {
  readonly label: string
  readonly words: string
  readonly icon: IconName
  /** Missing where it cannot be done. */
  readonly onClick: (() => void) | undefined
}

/** Enough to know which message is meant. */
const NAME_LENGTH = 60

function Act({ label, words, icon, onClick }: ActProps) {
  return (
    <Button
      label={label}
      name={text.next.of(label, words.slice(0, NAME_LENGTH))}
      icon={icon}
      look="quiet"
      iconOnly
      disabled={onClick === undefined}
      {...(onClick !== undefined && { onClick })}
    />
  )
}
