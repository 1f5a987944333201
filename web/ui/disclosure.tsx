import type { ComponentChildren } from "preact"
import { useId, useState } from "preact/hooks"
import { Icon, type IconName } from "./icon.tsx"

export interface DisclosureProps {
  readonly label: string
  readonly icon?: IconName
  /** What stands at the end of the line. */
  readonly trailing?: ComponentChildren
  readonly look?: string
  readonly startsOpen?: boolean
  readonly children: () => ComponentChildren
}

/** One line that opens; what is inside is made only while it is open. */
export function Disclosure(props: DisclosureProps) {
  const { label, icon, trailing, look = "", startsOpen = false, children } = props
  const [open, setOpen] = useState(startsOpen)
  const id = useId()
  return (
    <div class={`disclosure ${look}`}>
      <button
        type="button"
        class="disclosure-line"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <Icon name="chevron" />
        {icon !== undefined && <Icon name={icon} />}
        <span class="disclosure-label">{label}</span>
        {trailing}
      </button>
      <div id={id} class="disclosure-body" hidden={!open}>
        {open && children()}
      </div>
    </div>
  )
}
