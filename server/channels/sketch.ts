// What cannot be given as a text or a file, in short words: `(location: 52.52, 13.405; Alexanderplatz)`.

const MAX_DETAIL_LENGTH = 500
/** More of a poll or of many contacts is not told. */
export const MAX_DETAILS = 12

/** All in one line, however long what was sent is. */
export function sketch(name: string, details: readonly (string | undefined)[]): string {
  const words = details
    .slice(0, MAX_DETAILS)
    .map((detail) =>
      cut(detail ?? "", MAX_DETAIL_LENGTH)
        .replace(/\s+/g, " ")
        .trim(),
    )
    .filter(Boolean)
  return words.length === 0 ? `(${name})` : `(${name}: ${words.join("; ")})`
}

/** At most `max` UTF-16 units, and no half of a character. */
export function cut(text: string, max: number): string {
  return text.length <= max
    ? text
    : text
        .slice(0, max)
        .toWellFormed()
        .replace(/\uFFFD$/, "")
}
