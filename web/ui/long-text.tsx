import { useRef, useState } from "preact/hooks"
import { Button } from "./button.tsx"

export interface LongTextProps {
  readonly text: string
  /** Of the button that shows the rest. */
  readonly label: string
}

/** More at once would hold up the page. */
const SHOWN_LENGTH = 8_000

/** Text as it was written; of a long one the beginning, until the rest is asked for. */
export function LongText({ text, label }: LongTextProps) {
  const [whole, setWhole] = useState(false)
  const box = useRef<HTMLSpanElement>(null)
  if (text.length <= SHOWN_LENGTH) return <>{text}</>
  return (
    <>
      <span ref={box} tabIndex={-1}>
        {whole ? text : `${text.slice(0, SHOWN_LENGTH)}…`}
      </span>{" "}
      {!whole && (
        <Button
          label={label}
          look="quiet"
          onClick={() => {
            // The button goes away, and the focus to what it shows.
            box.current?.focus({ preventScroll: true })
            setWhole(true)
          }}
        />
      )}
    </>
  )
}
