// The page and the gateway are of different ages. A reload brings the page that belongs to the
// gateway; when it did not help once, the page says so instead of offering a circle.

import type { ConnectionState } from "../../store/connection.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"
import { toMismatch } from "./mismatch.ts"

interface IncompatibleCardProps extends PanelProps {
  readonly state: Extract<ConnectionState, { at: "incompatible" }>
}

export function IncompatibleCard({ page, state }: IncompatibleCardProps) {
  return (
    <section class="notice" aria-label={toMismatch(state.expected)}>
      <h2>{toMismatch(state.expected)}</h2>
      <p>{page.reloads.count() > 0 ? text.incompatible.again : text.incompatible.help}</p>
      <p class="muted">{state.reason}</p>
      <Button
        label={text.incompatible.reload}
        icon="retry"
        look="primary"
        onClick={page.reloads.reload}
      />
    </section>
  )
}
