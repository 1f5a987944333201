// The page and the gateway are of different ages. A reload brings the page that belongs to the
// gateway; when it did not help once, the page says so instead of offering a circle.

import { PROTOCOL_VERSION } from "#protocol"
import type { ConnectionState } from "../../store/connection.ts"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"

interface IncompatibleCardProps extends PanelProps {
  readonly state: Extract<ConnectionState, { at: "incompatible" }>
}

export function IncompatibleCard({ page, state }: IncompatibleCardProps) {
  return (
    <section class="notice" aria-label={titleOf(state.expected)}>
      <h2>{titleOf(state.expected)}</h2>
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

function titleOf(expected: number | undefined): string {
  if (expected === undefined || expected === PROTOCOL_VERSION) return text.incompatible.other
  return expected > PROTOCOL_VERSION ? text.incompatible.older : text.incompatible.newer
}
