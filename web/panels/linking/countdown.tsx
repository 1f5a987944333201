// How long a code still counts, as a ring that empties.

import type { ShownCode } from "../../store/login.ts"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { useNow } from "../../ui/use-now.ts"

export function Countdown({ code }: { readonly code: ShownCode }) {
  const left = Math.max(0, code.until - useNow(250))
  const whole = Math.max(1, code.until - code.shownAt)
  return (
    <p class="countdown" role="timer">
      <svg class="ring" viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="8" />
        <circle
          class="ring-left"
          cx="10"
          cy="10"
          r="8"
          pathLength={100}
          stroke-dasharray={`${Math.min(100, (100 * left) / whole)} 100`}
          transform="rotate(-90 10 10)"
        />
      </svg>
      <span>{wordsFor(code, left)}</span>
    </p>
  )
}

function wordsFor({ qr }: ShownCode, left: number): string {
  if (left <= 0) return later.linking.waitingForCode
  return qr === undefined
    ? later.linking.validFor(text.duration(Math.ceil(left / 1_000) * 1_000))
    : later.linking.newCodeIn(text.wait(left))
}
