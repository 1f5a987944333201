// A message that somebody wrote, or a note.

import { useContext } from "preact/hooks"
import type { ChatMessage } from "#protocol"
import { textOf } from "../../store/chat.ts"
import { text } from "../../text/index.ts"
import { LongText } from "../../ui/long-text.tsx"
import { StatusLine } from "../../ui/status.ts"
import { ShownFiles } from "../files/shown-files.tsx"
import type { PanelProps } from "../panel.ts"
import { Article } from "./article.tsx"
import { takeUpQuestion } from "./draft.ts"
import { MessageMenu } from "./message-menu.tsx"
import { isOf } from "./parts.ts"

interface MessageProps extends PanelProps {
  readonly message: ChatMessage
}

export function MessageRow({ page, message }: MessageProps) {
  const { channel, role, ts, parts } = message
  const say = useContext(StatusLine)
  const words = textOf(message)
  const who = role === "note" ? text.chat.note : senderOf(message)
  return (
    <Article
      kind={role}
      who={who}
      ts={ts}
      channel={role === "user" ? channel : undefined}
      actions={
        words !== "" && (
          <MessageMenu
            words={words}
            {...(isOwn(message) && {
              more: [
                {
                  label: text.message.editAndSend,
                  icon: "edit" as const,
                  onSelect: () => void takeUpQuestion(page, message, say),
                },
              ],
            })}
          />
        )
      }
    >
      {words !== "" && (
        <div class="bubble" dir="auto">
          <LongText text={words} label={text.chat.showAll} />
        </div>
      )}
      <ShownFiles page={page} files={parts.filter(isOf("attachment"))} />
    </Article>
  )
}

export function isOwn({ role, sender }: ChatMessage): boolean {
  return role === "user" && (sender === undefined || sender.self === true)
}

function senderOf(message: ChatMessage): string {
  const { sender } = message
  return sender === undefined || isOwn(message) ? text.chat.you : (sender.name ?? sender.id)
}
