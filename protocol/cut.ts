// Cuts text so that a frame that carries it stays below its limit.

/** Bytes that `text` takes inside a JSON string in UTF-8. */
export function jsonBytes(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at += 1) bytes += unitBytes(text.charCodeAt(at))
  return bytes
}

/** The longest beginning of `text` that takes at most `maxBytes` as JSON; never ends inside a surrogate pair. */
export function cutText(text: string, maxBytes: number): string {
  // No unit takes more than six bytes, so most texts need not be counted.
  if (text.length * 6 <= maxBytes) return text
  let bytes = 0
  for (let at = 0; at < text.length; at += 1) {
    bytes += unitBytes(text.charCodeAt(at))
    if (bytes > maxBytes) return text.slice(0, isHighSurrogate(text, at - 1) ? at - 1 : at)
  }
  return text
}

/** The pieces of `text`, in order, each at most `maxBytes` as JSON. */
export function splitByBytes(text: string, maxBytes: number): string[] {
  const pieces: string[] = []
  for (let rest = text; rest !== ""; ) {
    const piece = cutText(rest, maxBytes)
    pieces.push(piece)
    rest = rest.slice(piece.length)
  }
  return pieces
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit <= 0xdbff
}

function unitBytes(unit: number): number {
  if (unit < 0x20) return 6
  if (unit === 0x22 || unit === 0x5c) return 2
  if (unit < 0x80) return 1
  if (unit < 0x800) return 2
  // Half of a pair of surrogates, which takes four bytes; a lone one is escaped.
  return unit >= 0xd800 && unit <= 0xdfff ? 6 : 3
}
