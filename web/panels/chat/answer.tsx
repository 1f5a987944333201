// An answer: while it is written, and when it is done. It is one component for both, so that nothing of
// it is drawn anew, loses a selection or closes when the message takes the place of the live run.

import type { ChatMessage } from "#protocol"
import { canAskAgain, textOf } from "../../store/chat.ts"
import { type LiveRun, questionsOf } from "../../store/live-run.ts"
import { text } from "../../text/index.ts"
import { createPart } from "../../ui/part.ts"
import { useNow } from "../../ui/use-now.ts"
import { LaterPart } from "../later-part.tsx"
import type { PanelProps } from "../panel.ts"
import { AnswerParts } from "./answer-parts.tsx"
import { Article } from "./article.tsx"
import { ErrorCard } from "./error-card.tsx"
import { MessageMenu } from "./message-menu.tsx"

export const permissionCard = createPart(
  () => import("./permission-card.tsx"),
  (file) => file.PermissionCard,
)

interface AnswerProps extends PanelProps {
  /** Missing until it has come. */
  readonly message?: ChatMessage
  readonly question?: ChatMessage | undefined
  readonly runId?: string
}

export function AnswerRow({ page, message, question, runId = "" }: AnswerProps) {
  const run = message === undefined ? page.chat.runOf(runId) : undefined
  const isLive = run !== undefined && run.phase !== "over"
  return (
    <Article
      kind="assistant"
      who={text.chat.assistant}
      ts={message?.ts ?? run?.startedAt ?? 0}
      busy={isLive}
      tookMs={message && question && Math.max(0, message.ts - question.ts)}
      actions={message && <Actions page={page} message={message} question={question} />}
    >
      <AnswerParts parts={message?.parts ?? run?.parts ?? []} live={isLive} page={page} />
      {run !== undefined && <Live page={page} run={run} />}
      {message !== undefined && hasFailed(message) && (
        <ErrorCard page={page} message={message} question={question} />
      )}
    </Article>
  )
}

function hasFailed({ error, status }: ChatMessage): boolean {
  return status !== "ok" || error !== undefined
}

interface ActionsProps extends PanelProps {
  readonly message: ChatMessage
  readonly question: ChatMessage | undefined
}

function Actions({ page, message, question }: ActionsProps) {
  const words = textOf(message)
  if (words === "") return null
  const canAsk = question !== undefined && canAskAgain(question)
  return (
    <MessageMenu
      words={words}
      markdown
      {...(canAsk && {
        more: [
          {
            label: text.message.again,
            icon: "retry" as const,
            onSelect: () => void page.chat.retry(question, message),
          },
        ],
      })}
    />
  )
}

function Live({ page, run }: PanelProps & { run: LiveRun }) {
  const questions = page.connection.offers("agent.decide") ? questionsOf(run) : []
  const asks = questions.some(({ outcome }) => outcome === undefined)
  return (
    <>
      {questions.map((question) => (
        <LaterPart
          key={question.requestId}
          page={page}
          part={permissionCard}
          props={{ page, runId: run.runId, question }}
        />
      ))}
      {run.behind && <p class="row-state">{text.chat.missed}</p>}
      {run.error !== undefined && <ErrorCard page={page} error={run.error} />}
      {run.phase !== "over" && <Progress page={page} run={run} asks={asks} />}
    </>
  )
}

const SLOW_MS = 2_000
const UNCONFIRMED_MS = 10_000

function Progress({ page, run, asks }: PanelProps & { run: LiveRun; asks: boolean }) {
  const now = useNow(500)
  const stop = page.chat.stopState.value
  if (stop.at === "stopping" && stop.runId === run.runId) {
    const late = now - stop.since > UNCONFIRMED_MS
    return <p class="row-state">{late ? text.chat.unconfirmed : text.chat.stopping}</p>
  }
  if (asks) return <p class="row-state">{text.chat.asks}</p>
  const elapsed = Math.floor((now - page.health.toPageTime(run.startedAt)) / 1000) * 1000
  const isSlow = elapsed >= SLOW_MS
  return (
    <p class="row-state working">
      <span class="pulse" />
      {isSlow ? text.chat.workingFor(text.wait(elapsed)) : text.chat.working}
    </p>
  )
}
