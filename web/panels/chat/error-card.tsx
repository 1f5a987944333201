// Why an answer failed, in a sentence, and what can be done about it.

import type { ComponentChildren } from "preact"
import type { ChatMessage, ErrorShape } from "#protocol"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { Icon } from "../../ui/icon.tsx"
import type { PanelProps } from "../panel.ts"

interface FailedMessage extends PanelProps {
  readonly message: ChatMessage
}

interface FailedRun extends PanelProps {
  readonly error: ErrorShape
  readonly runId: string
}

export function ErrorCard(props: FailedMessage | FailedRun) {
  const { page } = props
  const error = "message" in props ? props.message.error : props.error
  if (error?.details?.["reason"] === "aborted") {
    return (
      <p class="row-state stopped">
        <Icon name="stop" />
        {text.chat.stopped}
      </p>
    )
  }
  const wasInterrupted =
    error?.details?.["reason"] === "interrupted" ||
    ("message" in props && props.message.status === "interrupted")
  return (
    <ErrorNotice error={error} interrupted={wasInterrupted}>
      {"message" in props && (
        <Button
          label={text.errors.retry}
          icon="retry"
          onClick={() => void page.chat.retry(props.message)}
        />
      )}
    </ErrorNotice>
  )
}

interface ErrorNoticeProps {
  readonly error: ErrorShape | undefined
  readonly interrupted?: boolean
  readonly hint?: string | undefined
  readonly children?: ComponentChildren
}

export function ErrorNotice({ error, interrupted = false, hint, children }: ErrorNoticeProps) {
  const details = error === undefined ? "" : JSON.stringify(error, undefined, 2)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form.
    <div class="error-card" role="group" aria-label={titleOf(error, interrupted)}>
      <p class="error-title">
        <Icon name="alert" />
        <strong>{titleOf(error, interrupted)}</strong>
      </p>
      {error !== undefined && <p>{error.message}</p>}
      {hint !== undefined && <p>{hint}</p>}
      <div class="error-actions">
        {children}
        {error !== undefined && (
          <CopyButton
            label={text.errors.copyDetails}
            doneLabel={text.copy.copied}
            text={() => details}
          />
        )}
      </div>
    </div>
  )
}

/** Causes that say more than their code. */
const REASONS = [
  "agent_failed",
  "over_capacity",
  "shutting_down",
  "storage",
  "outcome_unknown",
] as const

function titleOf(error: ErrorShape | undefined, interrupted: boolean): string {
  if (interrupted) return text.errors.interrupted
  if (error === undefined) return text.errors.unknown
  const reason = REASONS.find((name) => name === error.details?.["reason"])
  return text.errors[reason ?? error.code]
}
