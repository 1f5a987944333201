import { useState } from "preact/hooks"
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
  if (whole || text.length <= SHOWN_LENGTH) return <>{text}</>
  return (
    <>
      {text.slice(0, SHOWN_LENGTH)}…{" "}
      <Button label={label} look="quiet" onClick={() => setWhole(true)} />
    </>
  )
}
