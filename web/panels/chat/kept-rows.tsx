// What a conversation showed last, to be read while the gateway is away. Nothing in it asks the gateway.

import { useLayoutEffect, useRef } from "preact/hooks"
import type { ChatMessage } from "#protocol"
import { filesOf, textOf } from "../../store/chat.ts"
import type { LastView } from "../../store/last-views.ts"
import { text } from "../../text/index.ts"
import { Icon } from "../../ui/icon.tsx"
import { toMoment } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { AnswerParts } from "./answer-parts.tsx"
import { Article } from "./article.tsx"
import { isOf } from "./parts.ts"
import "./kept-rows.css"

const SETTLES_MS = 500

export interface KeptRowsProps extends PanelProps {
  readonly view: LastView
}

export function KeptRows({ page, view: { at, messages } }: KeptRowsProps) {
  const list = useRef<HTMLOListElement>(null)
  const words = text.channel.asOf(toMoment(at, Date.now()))
  useLayoutEffect(() => {
    const rows = list.current
    if (rows === null) return
    // The words are set a moment after they are there, and the latest of them are below.
    const observer = new ResizeObserver(() => rows.scrollIntoView({ block: "end" }))
    observer.observe(rows)
    const timer = setTimeout(() => observer.disconnect(), SETTLES_MS)
    return () => {
      observer.disconnect()
      clearTimeout(timer)
    }
  }, [])
  return (
    <section class="kept" aria-label={words}>
      <p class="kept-at">{words}</p>
      <ol class="rows" ref={list}>
        {messages.map((message) => (
          <li key={message.id} class="row">
            <KeptMessage page={page} message={message} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function KeptMessage({ page, message }: PanelProps & { message: ChatMessage }) {
  const { channel, role, ts } = message
  const isAnswer = role === "assistant"
  return (
    <Article kind={role} who={whoOf(message)} ts={ts} channel={isAnswer ? undefined : channel}>
      {isAnswer ? (
        <AnswerParts page={page} parts={message.parts.filter(isOf("text"))} live={false} />
      ) : (
        textOf(message) !== "" && (
          <div class="bubble" dir="auto">
            {textOf(message)}
          </div>
        )
      )}
      {filesOf(message).map(({ mediaId, mimeType, name = mimeType }) => (
        <p key={mediaId} class="file-line" dir="auto">
          <Icon name="file" />
          {name}
        </p>
      ))}
    </Article>
  )
}

function whoOf({ role, sender }: ChatMessage): string {
  if (role === "assistant") return text.chat.assistant
  if (role === "note") return text.chat.note
  return sender === undefined || sender.self === true ? text.chat.you : (sender.name ?? sender.id)
}
