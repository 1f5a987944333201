// A QR code as a picture, black on white whatever the theme.

import { useMemo } from "preact/hooks"
import { encode } from "uqr"

/** Modules of quiet around a code, as its standard wants them. */
const QUIET = 4

export interface QrCodeProps {
  readonly value: string
  readonly label: string
}

export function QrCode({ value, label }: QrCodeProps) {
  const { size, ink } = useMemo(() => draw(value), [value])
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={ink} fill="#000" shape-rendering="crispEdges" />
    </svg>
  )
}

/** Each run of dark modules of a row is one box of the path. */
function draw(value: string): { size: number; ink: string } {
  const { data, size } = encode(value, { ecc: "L", border: QUIET })
  let ink = ""
  for (const [row, modules] of data.entries()) {
    let from = 0
    while (from < size) {
      let to = from
      while (modules[to] === true) to += 1
      if (to > from) ink += `M${from} ${row}h${to - from}v1h${from - to}z`
      from = to + 1
    }
  }
  return { size, ink }
}
