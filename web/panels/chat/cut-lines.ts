const SHOWN_LINES = 40
/** Lines can be long. */
const SHOWN_LENGTH = 8_000

/** The first lines of a text, and how many it has. */
export function cutLines(text: string): { readonly shown: string; readonly lines: number } {
  const lines = text.split("\n")
  return {
    shown: lines.slice(0, SHOWN_LINES).join("\n").slice(0, SHOWN_LENGTH),
    lines: lines.length,
  }
}
