// QR codes for terminals and as a picture.

import { encode, renderSVG } from "uqr"

export interface DrawnQr {
  readonly lines: readonly string[]
  readonly columns: number
}

/** A standard wants four modules of quiet around a code; phones read it with two, and rows are scarce. */
const TERMINAL_QUIET = 2
const PICTURE_QUIET = 4

/** Black on white where there may be colours, whatever those of the terminal are. */
const BLACK_ON_WHITE = "\u001B[38;5;16;48;5;231m"
const RESET = "\u001B[0m"

/**
 * Two modules a character. Without colours the light modules are drawn, which is right for light text on
 * a dark ground.
 */
export function drawQr(text: string, { color }: { readonly color: boolean }): DrawnQr {
  const { data, size } = encode(text, { ecc: "L", border: TERMINAL_QUIET })
  const isInk = (row: number, column: number) => (data[row]?.[column] ?? false) === color
  const lines: string[] = []
  for (let row = 0; row < size; row += 2) {
    let line = ""
    for (let column = 0; column < size; column += 1) {
      const below = row + 1 < size && isInk(row + 1, column)
      line += toBlock(isInk(row, column), below)
    }
    lines.push(color ? `${BLACK_ON_WHITE}${line}${RESET}` : line)
  }
  return { lines, columns: size }
}

/** A picture that any browser shows. */
export function toSvg(text: string): string {
  return renderSVG(text, { ecc: "M", border: PICTURE_QUIET })
}

function toBlock(above: boolean, below: boolean): string {
  if (above) return below ? "█" : "▀"
  return below ? "▄" : " "
}
