// The files of a message: pictures are shown when they come into view, everything can be saved.

import { useEffect, useRef, useState } from "preact/hooks"
import type { AttachmentPart } from "#protocol"
import type { MediaState } from "../../store/media.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import { saveBlob } from "../../ui/save-blob.ts"
import type { PanelProps } from "../panel.ts"
import { toBlob } from "./to-blob.ts"
import "./files.css"

/** A larger picture is only saved. */
const MAX_SHOWN_BYTES = 16_000_000
const SHOWN = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/

interface ShownFilesProps extends PanelProps {
  readonly files: readonly AttachmentPart[]
}

export function ShownFiles({ page, files }: ShownFilesProps) {
  if (files.length === 0) return null
  const canFetch = page.connection.offers("media.get")
  return (
    <ul class="shown-files">
      {files.map((file) => {
        const isPicture = SHOWN.test(file.mimeType) && file.bytes <= MAX_SHOWN_BYTES
        return (
          <li key={file.mediaId}>
            {file.state === "ok" && canFetch && isPicture && <Picture page={page} file={file} />}
            <FileLine page={page} file={file} canFetch={canFetch} />
          </li>
        )
      })}
    </ul>
  )
}

interface FileProps extends PanelProps {
  readonly file: AttachmentPart
}

function Picture({ page, file }: FileProps) {
  const { mediaId } = file
  const frame = useRef<HTMLDivElement>(null)
  const [url, setUrl] = useState<string>()
  const state = page.media.of(mediaId).value
  const isOnline = page.connection.online.value

  useEffect(() => {
    // One that is shown and whose pieces have given way to others is not fetched again.
    if (frame.current === null || url !== undefined || state.at !== "idle" || !isOnline) return
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void page.media.load(mediaId)
    })
    observer.observe(frame.current)
    return () => observer.disconnect()
  }, [page, mediaId, state.at, isOnline, url])

  useEffect(() => {
    if (state.at !== "ready") return
    let isCurrent = true
    // The page's content security policy takes a picture from its own address or from a data: one.
    const reader = new FileReader()
    reader.onload = () => {
      if (isCurrent) setUrl(String(reader.result))
    }
    reader.readAsDataURL(toBlob(state))
    return () => {
      isCurrent = false
    }
  }, [state])

  return (
    <div ref={frame} class="picture">
      {url === undefined ? (
        <span class="muted">
          {state.at === "failed" ? text.files.failed : text.files.reading(progressOf(state))}
        </span>
      ) : (
        <img src={url} alt={text.files.picture(file.name ?? "")} />
      )}
    </div>
  )
}

function FileLine({ page, file, canFetch }: FileProps & { canFetch: boolean }) {
  const { bytes, mediaId, mimeType, state } = file
  const name = file.name ?? mimeType
  const media = page.media.of(mediaId)
  const save = async () => {
    await page.media.load(mediaId)
    const loaded = media.peek()
    if (loaded.at === "ready") saveBlob(toBlob(loaded), name)
  }
  return (
    <p class="file-line">
      <Icon name="file" />
      <span class="file-name" dir="auto">
        {name}
      </span>
      <span class="muted">{state === "ok" ? text.files.size(bytes) : text.files.state[state]}</span>
      {state === "ok" && canFetch && (
        <Button
          label={text.files.save(name)}
          icon="arrowDown"
          look="quiet"
          iconOnly
          busy={media.value.at === "loading"}
          onClick={() => void save()}
        />
      )}
      {media.value.at === "failed" && <span class="problem">{text.files.failed}</span>}
    </p>
  )
}

function progressOf(state: MediaState): number {
  return state.at === "loading" ? state.progress : 0
}

/** Each piece is base64 of its own, with its own padding. */
