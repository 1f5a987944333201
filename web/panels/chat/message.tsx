// One message of the conversation, or an answer that is still being written.

import { computed } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"
import type { ChatMessage, Part } from "#protocol"
import { textOf } from "../../store/chat.ts"
import { type LivePart, type LiveRun, questionsOf } from "../../store/live-run.ts"
import { text } from "../../text/index.ts"
import { CopyButton } from "../../ui/copy.tsx"
import { Disclosure } from "../../ui/disclosure.tsx"
import { Icon } from "../../ui/icon.tsx"
import { Markdown, type MarkdownLabels } from "../../ui/markdown.tsx"
import { useNow } from "../../ui/use-now.ts"
import { nameOf } from "../channels/channel-state.ts"
import { toFullTime, toShortTime } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { ErrorCard } from "./error-card.tsx"
import { PermissionCard } from "./permission-card.tsx"
import { ToolCalls } from "./tools.tsx"

/** The same object until the language changes, because a block is drawn anew for another one. */
const labels = computed(
  (): MarkdownLabels => ({
    code: text.markdown.code,
    copyCode: text.copy.code,
    copied: text.copy.copied,
    more: text.markdown.more,
    image: text.markdown.image,
  }),
)

interface MessageProps extends PanelProps {
  readonly message: ChatMessage
  readonly queued: boolean
}

export function MessageRow({ page, message, queued }: MessageProps) {
  const { role, ts, parts } = message
  if (role === "user") {
    return (
      <Article kind="user" who={senderOf(message)} ts={ts} channel={message.channel}>
        {textOf(message) !== "" && (
          <div class="bubble" dir="auto">
            {textOf(message)}
          </div>
        )}
        <Attachments parts={parts} />
        {queued && <p class="row-state">{text.chat.queued}</p>}
      </Article>
    )
  }
  const who = role === "note" ? text.chat.note : text.chat.assistant
  const failed = message.status !== "ok" || message.error !== undefined
  return (
    <Article kind={role} who={who} ts={ts}>
      <Answer parts={parts} live={false} />
      {failed && <ErrorCard page={page} message={message} />}
      {textOf(message) !== "" && (
        <div class="row-actions">
          <CopyButton
            label={text.copy.message}
            doneLabel={text.copy.copied}
            iconOnly
            text={() => textOf(message)}
          />
        </div>
      )}
    </Article>
  )
}

function senderOf({ sender }: ChatMessage): string {
  return sender === undefined || sender.self === true ? text.chat.you : (sender.name ?? sender.id)
}

/** An answer that is still being written, or whose message has not come yet. */
export function LiveAnswer({ page, run }: PanelProps & { run: LiveRun }) {
  const isLive = run.phase !== "over"
  const questions = page.connection.offers("agent.decide") ? questionsOf(run) : []
  return (
    <Article kind="assistant" who={text.chat.assistant} ts={run.startedAt} busy={isLive}>
      <Answer parts={run.parts} live={isLive} />
      {questions.map((question) => (
        <PermissionCard
          key={question.requestId}
          page={page}
          runId={run.runId}
          question={question}
        />
      ))}
      {run.behind && <p class="row-state">{text.chat.missed}</p>}
      {run.error !== undefined && <ErrorCard page={page} error={run.error} runId={run.runId} />}
      {isLive && (
        <Progress
          page={page}
          run={run}
          asks={questions.some(({ outcome }) => outcome === undefined)}
        />
      )}
    </Article>
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
  if (asks) return <p class="row-state">{text.permission.waiting}</p>
  const elapsed = Math.floor((now - run.startedAt) / 1000) * 1000
  const isSlow = elapsed >= SLOW_MS
  return (
    <p class="row-state working">
      <span class="pulse" />
      {isSlow ? text.chat.workingFor(text.wait(elapsed)) : text.chat.working}
    </p>
  )
}

interface ArticleProps {
  readonly kind: "user" | "assistant" | "note"
  readonly who: string
  readonly ts: number
  readonly channel?: string | undefined
  readonly busy?: boolean
  readonly children: ComponentChildren
}

/** The frame around every row, so that an answer keeps its place on the page when it is done. */
export function Article({ kind, who, ts, channel, busy = false, children }: ArticleProps) {
  const id = useId()
  return (
    <article class={`message message-${kind}`} aria-labelledby={id} aria-busy={busy}>
      <header class="message-head" id={id}>
        <span class="who" dir="auto">
          {who}
        </span>{" "}
        {channel !== undefined && channel !== "web" && (
          <span class="tag tag-quiet">{text.chat.via(nameOf(channel))}</span>
        )}{" "}
        <time dateTime={new Date(ts).toISOString()} title={toFullTime(ts)}>
          {toShortTime(ts)}
        </time>
      </header>
      {children}
    </article>
  )
}

interface AnswerProps {
  readonly parts: readonly ShownPart[]
  readonly live: boolean
}

function Answer({ parts, live }: AnswerProps) {
  const thoughts = parts.filter(isOf("thought"))
  const calls = parts.filter(isOf("tool"))
  const texts = parts.filter(isOf("text"))
  const last = parts.at(-1)
  return (
    <>
      {thoughts.length > 0 && <Thoughts parts={thoughts} now={live && last?.type === "thought"} />}
      {calls.length > 0 && <ToolCalls calls={calls} live={live} />}
      {texts.map((part, index) => (
        <div key={index} class={live && part === last ? "text-part streaming" : "text-part"}>
          <Markdown text={part.text} complete={!(live && part === last)} labels={labels.value} />
          {"truncated" in part && part.truncated === true && (
            <p class="row-state">{text.chat.cut}</p>
          )}
        </div>
      ))}
      <Attachments parts={parts} />
    </>
  )
}

type ShownPart = Part | LivePart

function isOf<T extends ShownPart["type"]>(type: T) {
  return (part: ShownPart): part is Extract<ShownPart, { type: T }> => part.type === type
}

interface ThoughtsProps {
  readonly parts: readonly Extract<ShownPart, { type: "thought" }>[]
  readonly now: boolean
}

function Thoughts({ parts, now }: ThoughtsProps) {
  const known = parts.flatMap((part) => ("durationMs" in part ? (part.durationMs ?? []) : []))
  const time = known.length === 0 ? undefined : text.duration(known.reduce((a, b) => a + b))
  return (
    <Disclosure
      label={now ? text.thought.now : text.thought.done(time)}
      icon="thought"
      look="thoughts"
    >
      {() => (
        <div class="thought-text" dir="auto">
          {parts.map((part) => part.text).join("\n\n")}
        </div>
      )}
    </Disclosure>
  )
}

function Attachments({ parts }: { parts: readonly ShownPart[] }) {
  const found = parts.filter(isOf("attachment"))
  if (found.length === 0) return null
  return (
    <ul class="attachments">
      {found.map((part) => (
        <li key={part.mediaId} class="tag">
          <Icon name="copy" />
          {text.chat.attachment(part.name ?? part.mimeType)}
        </li>
      ))}
    </ul>
  )
}
