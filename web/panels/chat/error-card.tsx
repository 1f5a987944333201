// Why an answer failed, in a sentence, and what can be done about it.

import type { ComponentChildren } from "preact"
import { useContext } from "preact/hooks"
import type { ChatMessage, ErrorShape } from "#protocol"
import { canAskAgain } from "../../store/chat.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { Disclosure } from "../../ui/disclosure.tsx"
import { Icon } from "../../ui/icon.tsx"
import { StatusLine } from "../../ui/status.ts"
import { canBeLinked, nameOf } from "../channels/channel-state.ts"
import type { PanelProps } from "../panel.ts"
import { takeUpQuestion } from "./draft.ts"

interface ErrorCardProps extends PanelProps {
  /** The answer that failed; missing while only its run is known. */
  readonly message?: ChatMessage
  readonly question?: ChatMessage | undefined
  readonly error?: ErrorShape | undefined
}

export function ErrorCard({ page, message, question, ...rest }: ErrorCardProps) {
  const error = message?.error ?? rest.error
  if (error?.details?.["reason"] === "aborted") {
    return (
      <p class="row-state stopped">
        <Icon name="stop" />
        {text.chat.stopped}
      </p>
    )
  }
  const interrupted =
    error?.details?.["reason"] === "interrupted" || message?.status === "interrupted"
  return (
    <ErrorNotice page={page} error={error} interrupted={interrupted}>
      {message !== undefined && question !== undefined && (
        <AskAgain page={page} message={message} question={question} />
      )}
    </ErrorNotice>
  )
}

interface AskAgainProps extends PanelProps {
  readonly message: ChatMessage
  readonly question: ChatMessage
}

function AskAgain({ page, message, question }: AskAgainProps) {
  const say = useContext(StatusLine)
  if (!canAskAgain(question)) return null
  return (
    <>
      <Button
        label={text.errors.retry}
        icon="retry"
        onClick={() => void page.chat.retry(question, message)}
      />
      <Button
        label={text.errors.edit}
        icon="edit"
        look="quiet"
        onClick={() => void takeUpQuestion(page, question, say)}
      />
    </>
  )
}

interface ErrorNoticeProps extends PanelProps {
  readonly error: ErrorShape | undefined
  readonly interrupted?: boolean
  readonly hint?: string | undefined
  readonly children?: ComponentChildren
}

export function ErrorNotice(props: ErrorNoticeProps) {
  const { page, error, interrupted = false, hint, children } = props
  const title = titleOf(error, interrupted)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form.
    <div class="error-card" role="group" aria-label={title}>
      <p class="error-title">
        <Icon name="alert" />
        <strong>{title}</strong>
      </p>
      {error !== undefined && <p dir="auto">{error.message}</p>}
      {hint !== undefined && <p>{hint}</p>}
      <div class="error-actions">
        {error?.code === "NOT_LINKED" && <LinkButton page={page} />}
        {children}
        {error !== undefined && (
          <CopyButton
            label={text.errors.copyDetails}
            doneLabel={text.copy.copied}
            text={() => JSON.stringify(error, undefined, 2)}
          />
        )}
      </div>
      {error !== undefined && <Details error={error} />}
    </div>
  )
}

/** The account that is missing can be linked from here. */
function LinkButton({ page }: PanelProps) {
  const { connection, health, view } = page
  const channels = Object.entries(health.snapshot.value?.channels ?? {})
  const [id] = channels.find(([, channel]) => canBeLinked(channel)) ?? []
  if (id === undefined || !connection.offers("login.start")) return null
  return (
    <Button
      label={text.channel.link(nameOf(id))}
      icon="link"
      disabled={!connection.online.value}
      onClick={() => view.setLinking(id)}
    />
  )
}

function Details({ error: { code, details } }: { error: ErrorShape }) {
  const { reason, runId } = details ?? {}
  const words = typeof reason === "string" ? `${code} (${reason})` : code
  return (
    <Disclosure label={text.errors.details}>
      {() => (
        <dl class="facts">
          <div class="fact">
            <dt>{text.errors.code}</dt>
            <dd>
              <code>{words}</code>
            </dd>
          </div>
          {typeof runId === "string" && (
            <div class="fact">
              <dt>{text.errors.run}</dt>
              <dd>
                <code>{runId}</code>
              </dd>
            </div>
          )}
        </dl>
      )}
    </Disclosure>
  )
}

/** Causes that say more than their code. */
const REASONS = [
  "agent_failed",
  "over_capacity",
  "conversation_deleted",
  "request_too_large",
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
