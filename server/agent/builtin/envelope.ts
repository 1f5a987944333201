// The words of the person in a prompt. Messages from chat apps arrive in envelopes that say who wrote when.

const OPEN = /^\[message(?: [a-zA-Z]+="[^"]*")*\]$/
const CLOSE = "[/message]"
/** What looks like an edge of an envelope in a person's words comes with one backslash more. */
const ESCAPED =
  /\\(?=\[[\s\p{Cf}]{0,8}\/?[\s\p{Cf}]{0,8}(?:message|context|said|media)(?!\p{L}))/giu
/** What was said before, to somebody else. */
const CONTEXT = /^\[context: .*\]$/
/** What became of a file. */
const MEDIA = /^\[media: .*\]$/

/** What the person wrote, without envelopes and what they quoted; of several messages, all of them. */
export function readEnvelope(prompt: string): string {
  const lines = prompt.split(/\r?\n/)
  const first = lines.findIndex((line) => line.trim() !== "")
  const opening = lines[first] ?? ""
  if (!OPEN.test(opening) && !CONTEXT.test(opening)) return prompt.trim()

  const messages: string[][] = []
  let inside = false
  for (const line of lines) {
    if (!inside) {
      inside = OPEN.test(line)
      if (inside) messages.push([])
    } else if (line === CLOSE) inside = false
    else if (!MEDIA.test(line)) messages.at(-1)?.push(line.replace(ESCAPED, ""))
  }
  return messages
    .map((message) => withoutQuote(message).join("\n").trim())
    .join("\n")
    .trim()
}

/** A message that is nothing but a quote is what the person wrote. */
function withoutQuote(lines: readonly string[]): readonly string[] {
  const own = lines.findIndex((line) => !line.startsWith("> "))
  return own === -1 ? lines : lines.slice(own)
}
