// What a conversation is called while nobody has given it a title.

const MAX_LENGTH = 60

/** White space, controls, and marks that would turn the direction of what stands around the title. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
const GAPS = /[\s\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]+/g

/** The first words of a text, on one line; undefined if there are none. */
export function firstWords(text: string): string | undefined {
  // Enough of it to find the words in, however long it is.
  const line = text
    .slice(0, 20 * MAX_LENGTH)
    .replace(GAPS, " ")
    .trim()
  if (line.length <= MAX_LENGTH) return line === "" ? undefined : line
  const cut = line.slice(0, MAX_LENGTH)
  const end = line[MAX_LENGTH] === " " ? MAX_LENGTH : cut.lastIndexOf(" ")
  const words = end > 0 ? cut.slice(0, end) : cut.replace(/[\uD800-\uDBFF]$/, "")
  return `${words}…`
}
