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
  const [done, setDone] = useState(false)
  const say = useContext(StatusLine)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <Button
      label={done ? doneLabel : label}
      // A name that changes under the focus would be said as well.
      name={label}
      icon={done ? "check" : "copy"}
      iconOnly={iconOnly}
      look="quiet"
      onClick={() => {
        void copyText(text()).then((isCopied) => {
          setDone(isCopied)
          if (isCopied) say(doneLabel)
        })
      }}
    />
  )
}
