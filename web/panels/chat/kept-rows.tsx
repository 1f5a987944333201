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

export interface KeptRowsProps extends PanelProps {
  readonly view: LastView
}

export function KeptRows({ page, view: { at, messages } }: KeptRowsProps) {
  const end = useRef<HTMLParagraphElement>(null)
  const words = text.channel.asOf(toMoment(at, Date.now()))
  useLayoutEffect(() => end.current?.scrollIntoView({ block: "end" }), [])
  return (
    <section class="kept" aria-label={words}>
      <ol class="rows">
        {messages.map((message) => (
          <li key={message.id} class="row">
            <KeptMessage page={page} message={message} />
          </li>
        ))}
      </ol>
      <p class="kept-at" ref={end}>
        {words}
      </p>
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
