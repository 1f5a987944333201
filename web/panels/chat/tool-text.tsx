// What a tool was given, or gave: its first lines, and the rest when it is asked for.

import { useRef, useState } from "preact/hooks"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { withoutAnsi } from "../../ui/ansi.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { cutLines } from "./cut-lines.ts"

export function ToolText({ label, value }: { label: string; value: string | undefined }) {
  const [whole, setWhole] = useState(false)
  const box = useRef<HTMLPreElement>(null)
  if (value === undefined) return null
  const clean = withoutAnsi(value)
  const { lines, shown } = cutLines(clean)
  const isCut = shown.length < clean.length
  return (
    <figure class="code-block">
      <figcaption>
        <span>{label}</span>
        <CopyButton
          label={text.copy.copy}
          doneLabel={text.copy.copied}
          iconOnly
          text={() => clean}
        />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre ref={box} tabIndex={0} dir="ltr">
        <code>{whole ? clean : shown}</code>
      </pre>
      {isCut && !whole && (
        <Button
          label={later.toolList.showAll(lines)}
          look="quiet"
          onClick={() => {
            // The button goes away, and the focus to what it shows.
            box.current?.focus({ preventScroll: true })
            setWhole(true)
          }}
        />
      )}
    </figure>
  )
}
