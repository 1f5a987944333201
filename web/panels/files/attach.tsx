// The ways of a file into the draft: picked, pasted, or dropped anywhere on the conversation.

import { useEffect, useRef, useState } from "preact/hooks"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import type { PanelProps } from "../panel.ts"

export function AttachButton({ page }: PanelProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button
        label={text.files.attach}
        icon="clip"
        look="quiet"
        iconOnly
        onClick={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={text.files.attach}
        onChange={({ currentTarget }) => {
          void page.files.add(page.chat.sessionKey, [...(currentTarget.files ?? [])])
          // The same file can be picked again after it was taken away.
          currentTarget.value = ""
          document.getElementById("message")?.focus()
        }}
      />
    </>
  )
}

/** Takes the files of what was pasted; false when there were none, or text beside them. */
export function pasteFiles(page: PanelProps["page"], event: ClipboardEvent): boolean {
  const given = event.clipboardData
  if (given === null || given.files.length === 0 || given.types.includes("text/plain")) return false
  void page.files.add(page.chat.sessionKey, [...given.files])
  return true
}

/** Shows where a file that is dragged over the page will go, and never lets the page be left for it. */
export function DropZone({ page }: PanelProps) {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    // A drag enters a child before it leaves the parent.
    let depth = 0
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      depth += 1
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy"
    }
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      depth = 0
      setOver(false)
      void page.files.add(page.chat.sessionKey, [...(event.dataTransfer?.files ?? [])])
      document.getElementById("message")?.focus()
    }
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop } as const
    for (const [name, listener] of Object.entries(listeners)) {
      addEventListener(name, listener as EventListener)
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        removeEventListener(name, listener as EventListener)
      }
    }
  }, [page])
  if (!isOver) return null
  return (
    <div class="drop-overlay" aria-hidden="true">
      <p>
        <Icon name="clip" />
        {text.files.drop}
      </p>
    </div>
  )
}
