// A conversation as a file of the person's own, in the words of the page's language.

import type { ChatMessage } from "#protocol"
import { toFileName, toJsonFile, toMarkdownFile } from "../../store/sessions-export.ts"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { saveBlob } from "../../ui/save-blob.ts"
import { nameOf } from "../channels/channel-state.ts"
import { toDate, toFullTime } from "../dates.ts"
import type { ExportWish } from "./exporting.tsx"

export interface SavedConversation extends ExportWish {
  readonly sessionKey: string
  readonly title: string
  readonly messages: readonly ChatMessage[]
}

/** The name of the file. */
export function saveConversation(options: SavedConversation): string {
  const { format, messages, sessionKey, title } = options
  const conversation = { sessionKey, title, messages, exportedAt: Date.now() }
  const { attachment, cut, incomplete, thought, tool } = later.exported
  const content =
    format === "json"
      ? toJsonFile(conversation)
      : toMarkdownFile(conversation, {
          who: whoOf,
          when: toFullTime,
          attachment,
          tool,
          thought,
          cut,
          incomplete,
        })
  const name = toFileName(title, toDate(conversation.exportedAt), format)
  const type = format === "json" ? "application/json" : "text/markdown"
  saveBlob(new Blob([content], { type: `${type};charset=utf-8` }), name)
  return name
}

function whoOf({ channel, role, sender }: ChatMessage): string {
  if (role === "assistant") return text.chat.assistant
  if (role === "note") return text.chat.note
  const name = sender?.name ?? sender?.id ?? text.chat.you
  return channel === undefined ? name : later.exported.from(name, nameOf(channel))
}
