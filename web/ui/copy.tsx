import { useEffect, useState } from "preact/hooks"
import { Button } from "./button.tsx"

export interface CopyButtonProps {
  readonly label: string
  readonly doneLabel: string
  readonly iconOnly?: boolean
  /** Asked for when it is needed. */
  readonly text: () => string
}

const SHOWN_MS = 2_000

export function CopyButton({ label, doneLabel, iconOnly = false, text }: CopyButtonProps) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <Button
      label={done ? doneLabel : label}
      icon={done ? "check" : "copy"}
      iconOnly={iconOnly}
      look="quiet"
      onClick={() => {
        copyText(text()).then(setDone, () => setDone(false))
      }}
    />
  )
}

/** Whether the text is on the clipboard now. */
async function copyText(text: string): Promise<boolean> {
  // A page over plain http from another machine has no clipboard object.
  if (navigator.clipboard === undefined) return copyBySelection(text)
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement
  const area = document.createElement("textarea")
  area.className = "visually-hidden"
  area.value = text
  // Behind an open dialog nothing can be selected.
  const place = before?.closest("dialog") ?? document.body
  place.append(area)
  area.select()
  const done = document.execCommand("copy")
  area.remove()
  if (before instanceof HTMLElement) before.focus()
  return done
}
