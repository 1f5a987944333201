// What the agent asks before it acts, with a button for each answer, and how that ended.

import { useId, useLayoutEffect, useRef } from "preact/hooks"
import type { PermissionRequest } from "#protocol"
import { endingOf } from "../../store/answers.ts"
import type { Question } from "../../store/questions.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { Disclosure } from "../../ui/disclosure.tsx"
import { Icon } from "../../ui/icon.tsx"
import { useNow } from "../../ui/use-now.ts"
import type { PanelProps } from "../panel.ts"
import { wasAllowed, wordsOf } from "./permission-words.ts"
import { ToolText } from "./tool-text.tsx"

export interface PermissionCardProps extends PanelProps {
  readonly runId: string
  readonly question: Question
}

export function PermissionCard(props: PermissionCardProps) {
  const { page, question } = props
  const { request } = question
  const box = useRef<HTMLDivElement>(null)
  const ending = endingOf(question, page.chat.answers.all.value.get(question.requestId))
  // Read before the buttons go away, and the focus with them.
  const hadFocus = box.current?.contains(document.activeElement) ?? false
  const isOver = ending !== undefined

  useLayoutEffect(() => {
    if (isOver && hadFocus) box.current?.querySelector("p")?.focus()
  }, [isOver])

  if (request === undefined) return null
  return (
    <div ref={box}>
      {ending === undefined ? (
        <Open {...props} request={request} />
      ) : (
        <p class="row-state" tabIndex={-1} dir="auto">
          <Icon name={wasAllowed(ending, request) ? "check" : "close"} />
          <span>{later.permission.of(wordsOf(ending, request), request.title)}</span>
        </p>
      )}
    </div>
  )
}

function Open({ page, runId, request }: PermissionCardProps & { request: PermissionRequest }) {
  const { options, requestId, title } = request
  const id = useId()
  const left = page.health.toPageTime(request.expiresAt) - useNow(1_000)
  const { answers } = page.chat
  const answer = answers.all.value.get(requestId)
  const cannot = !page.connection.online.value || left <= 0
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form.
    <div class="permission" role="group" aria-labelledby={`${id}-title ${id}-what`}>
      <p class="error-title" id={`${id}-title`}>
        <Icon name="key" />
        <strong>{later.permission.title}</strong>
      </p>
      <p id={`${id}-what`} dir="auto">
        {title}
      </p>
      {request.input !== undefined && <Input value={request.input} />}
      <div class="error-actions">
        {options.map((option) => (
          <Button
            key={option.id}
            label={option.label.trim() === "" ? later.permission.kinds[option.kind] : option.label}
            // What counts for ever is not what is pressed without a thought.
            look={option.kind === "allow_once" ? "primary" : "plain"}
            // The one that was pressed keeps the focus.
            busy={answer?.at === "sending" && answer.optionId === option.id}
            disabled={cannot || (answer?.at === "sending" && answer.optionId !== option.id)}
            onClick={() => void answers.give({ runId, requestId, optionId: option.id })}
          />
        ))}
      </div>
      {answer?.at === "failed" && (
        <p class="problem" role="alert">
          {later.permission.notSent(answer.error.message)}
        </p>
      )}
      <p class="muted">{later.permission.left(left)}</p>
      {options.some(({ kind }) => kind.endsWith("_always")) && (
        <p class="muted">{later.permission.always}</p>
      )}
    </div>
  )
}

const LONG_UNITS = 240
const LONG_LINES = 6

function Input({ value }: { value: string }) {
  const shown = <ToolText label={later.toolList.input} value={value} />
  if (value.length <= LONG_UNITS && value.split("\n").length <= LONG_LINES) return shown
  return <Disclosure label={later.toolList.input}>{() => shown}</Disclosure>
}
