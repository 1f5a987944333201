import { useContext, useEffect, useState } from "preact/hooks"
import { Button, type ButtonProps } from "./button.tsx"
import { copyText } from "./copy-text.ts"
import { StatusLine } from "./status.ts"

export interface CopyButtonProps extends Pick<ButtonProps, "iconOnly"> {
  readonly label: string
  /** Shown for a moment, and said to a screen reader once. */
  readonly doneLabel: string
  /** Asked for when it is needed. */
  readonly text: () => string
}

const SHOWN_MS = 2_000

export function CopyButton({ label, doneLabel, iconOnly = false, text }: CopyButtonProps) {
  const [done, setDone] = useState<"said" | "shown">()
  const say = useContext(StatusLine)
  useEffect(() => {
    if (done === undefined) return
    const timer = setTimeout(() => setDone(undefined), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [done])

  const copy = async () => {
    const isCopied = await copyText(text())
    // Behind an open dialog the page's regions are not heard; there the button says it by its name.
    const isAlone = document.activeElement?.closest("dialog") != null
    setDone(isCopied ? (isAlone ? "shown" : "said") : undefined)
    if (isCopied && !isAlone) say(doneLabel)
  }

  return (
    <Button
      // A name that changes under the focus would be said as well, and begins with the word that is shown.
      label={done === "shown" || (done === "said" && iconOnly) ? doneLabel : label}
      name={done === "shown" ? doneLabel : label}
      icon={done === undefined ? "copy" : "check"}
      iconOnly={iconOnly}
      look="quiet"
      onClick={() => void copy()}
    />
  )
}
