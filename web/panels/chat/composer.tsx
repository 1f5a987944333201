// The box to write in. Its text is a draft that survives everything; Send turns into Stop while a
// run is live, and Enter then puts the message next in line.

import { useMemo, useRef } from "preact/hooks"
import { textOf } from "../../store/chat.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { AttachButton, pasteFiles } from "../files/attach.tsx"
import { FileChips } from "../files/chips.tsx"
import type { PanelProps } from "../panel.ts"
import { createEnterGuard, sends } from "./enter.ts"
import { isOwn } from "./message.tsx"
import { createRecall } from "./recall.ts"
import { useCommands } from "./use-commands.tsx"

export function Composer({ page }: PanelProps) {
  const { chat, drafts, connection, files } = page
  const enter = useRef(createEnterGuard())
  /** Files that the outbox is taking: they go with no other message. */
  const underWay = useRef(new Set<string>())
  const field = useRef<HTMLTextAreaElement>(null)
  const draft = drafts.of(chat.sessionKey).value
  const picked = files.of(chat.sessionKey).value
  const isReading = picked.some(({ state }) => state.at === "reading")
  const isBlank = draft.trim() === "" && !picked.some(({ state }) => state.at === "ready")
  const canStop = chat.isLive.value && connection.offers("chat.abort")
  const commands = useCommands(page)
  const recall = useMemo(() => createRecall(() => ownWords(page)), [chat.sessionKey])

  const send = () => {
    if (isReading) return
    const { sessionKey } = chat
    // The text leaves the box once the outbox has it. Under the draft's key several presses are one.
    const ready = files.ready(sessionKey).filter(({ id }) => !underWay.current.has(id))
    for (const { id } of ready) underWay.current.add(id)
    void chat
      .send(
        drafts.of(sessionKey).peek(),
        ready.map(({ file }) => file),
        drafts.keyOf(sessionKey),
      )
      .then((isTaken) => {
        for (const { id } of ready) underWay.current.delete(id)
        if (isTaken) files.dismissRefused(sessionKey)
      })
    field.current?.focus()
  }
  const stop = () => {
    void chat.stop()
    // The button that was pressed goes away, and the focus with it.
    field.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (!enter.current.isReal(event)) return
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey
    if (isPlain && commands.press(event.key)) {
      event.preventDefault()
      return
    }
    const recalled = isPlain ? recall.press(event.key, draft) : undefined
    if (recalled !== undefined) {
      event.preventDefault()
      drafts.write(chat.sessionKey, recalled)
      return
    }
    if (event.key === "Escape" && canStop) {
      event.preventDefault()
      stop()
    }
    const isTouch = matchMedia("(pointer: coarse)").matches
    if (!sends(event, { enter: page.settings.of("enter").peek(), isTouch })) return
    event.preventDefault()
    if (!event.repeat) send()
  }

  return (
    <form
      class="composer"
      aria-label={text.composer.form}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {commands.list}
      <FileChips page={page} />
      <div class="composer-box">
        <AttachButton page={page} />
        <textarea
          id="message"
          ref={field}
          dir="auto"
          rows={Math.min(8, draft.split("\n").length)}
          aria-label={text.composer.label}
          aria-describedby="composer-hint"
          placeholder={text.composer.placeholder}
          autocomplete="off"
          {...commands.attributes}
          value={draft}
          onInput={(event) => drafts.write(chat.sessionKey, event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onBlur={commands.left}
          onPaste={(event) => {
            if (pasteFiles(page, event)) event.preventDefault()
          }}
          onCompositionEnd={(event) => enter.current.compositionEnded(event.timeStamp)}
        />
        {canStop && !isBlank && !isReading && (
          <Button label={text.composer.sendNext} icon="arrowUp" iconOnly submit />
        )}
        {canStop ? (
          <StopButton page={page} onStop={stop} />
        ) : (
          <Button
            label={connection.online.value ? text.composer.send : text.composer.sendLater}
            icon="arrowUp"
            iconOnly
            look="primary"
            submit
            disabled={isBlank || isReading}
          />
        )}
      </div>
    </form>
  )
}

/** One's own messages in this conversation, oldest first. */
function ownWords({ chat }: PanelProps["page"]): readonly string[] {
  const waiting = chat.next.peek().map((one) => (one.kind === "held" ? one.entry : one.message))
  const said = chat.rows.peek().flatMap((row) => {
    if (row.kind === "pending") return row.entry
    return row.kind === "message" ? row.message : []
  })
  return [...said, ...waiting].flatMap((one) => {
    if ("text" in one) return one.text
    const words = isOwn(one) ? textOf(one) : ""
    return words === "" ? [] : words
  })
}

function StopButton({ page, onStop }: PanelProps & { onStop: () => void }) {
  const isStopping = page.chat.stopState.value.at === "stopping"
  return (
    <Button
      label={isStopping ? text.composer.stopping : text.composer.stop}
      icon="stop"
      look="primary"
      disabled={isStopping || !page.connection.online.value}
      onClick={onStop}
    />
  )
}
