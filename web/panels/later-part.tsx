import { Lazy } from "../ui/lazy.tsx"
import type { Part } from "../ui/part.ts"
import type { PanelProps } from "./panel.ts"
import { partLabels } from "./part-labels.ts"

interface LaterPartProps<Props> extends PanelProps {
  readonly part: Part<Props>
  readonly props: Props
}

/** A part of the page that comes later than the rest; what did not come can be asked for again. */
export function LaterPart<Props extends object>({ page, part, props }: LaterPartProps<Props>) {
  return (
    <Lazy
      part={part}
      props={props}
      labels={partLabels()}
      away={!page.connection.online.value}
      onReload={page.reloads.reload}
    />
  )
}
