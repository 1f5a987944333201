// The files that wait with a draft, each a chip that can be taken away; one that cannot be sent says why.

import { useContext, useEffect } from "preact/hooks"
import { LIMITS } from "#protocol"
import type { PickedFile } from "../../store/picked-files.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import { StatusLine } from "../../ui/status.ts"
import type { PanelProps } from "../panel.ts"
import "./files.css"

export function FileChips({ page }: PanelProps) {
  const { chat, files } = page
  const picked = files.of(chat.sessionKey).value
  if (picked.length === 0) return null
  return (
    <>
      <ul class="file-chips" aria-label={text.files.waiting}>
        {picked.map((file) => (
          <li key={file.id} class={`file-chip file-${file.state.at}`}>
            <Thumbnail file={file} />
            <span class="file-words">
              <span class="file-name" dir="auto">
                {file.name}
              </span>
              <span class="muted">{wordsOf(file)}</span>
            </span>
            <Button
              label={text.files.remove(file.name)}
              icon="close"
              look="quiet"
              iconOnly
              onClick={() => {
                files.remove(chat.sessionKey, [file.id])
                document.getElementById("message")?.focus()
              }}
            />
          </li>
        ))}
      </ul>
      <UnkeptNote isUnkept={picked.some(({ state }) => "kept" in state && !state.kept)} />
    </>
  )
}

/** The browser could not keep them; the message with them may be sent all the same. */
function UnkeptNote({ isUnkept }: { isUnkept: boolean }) {
  const say = useContext(StatusLine)
  useEffect(() => {
    if (isUnkept) say(text.files.unkept)
  }, [isUnkept])
  return isUnkept ? <p class="file-note muted">{text.files.unkept}</p> : null
}

function Thumbnail({ file: { mimeType, state } }: { file: PickedFile }) {
  if (state.at !== "ready" || !mimeType.startsWith("image/")) {
    return <Icon name={"why" in state ? "alert" : "file"} />
  }
  const { file } = state
  return <img class="file-thumbnail" src={`data:${file.mimeType};base64,${file.data}`} alt="" />
}

function wordsOf({ bytes, state }: PickedFile): string {
  switch (state.at) {
    case "reading":
      return text.files.reading(state.progress)
    case "ready":
      return text.files.size(bytes)
    case "refused":
    case "crowded":
      return {
        empty: text.files.empty,
        tooLarge: text.files.tooLarge(LIMITS.maxAttachmentsBytes),
        tooMany: text.files.tooMany(LIMITS.maxAttachments),
        unreadable: text.files.unreadable,
      }[state.why]
    default:
      return state satisfies never
  }
}
