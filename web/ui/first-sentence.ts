/** The beginning of a text up to where its first sentence, or its first line, ends. */
export function toFirstSentence(words: string, locale: string): string {
  const [line = ""] = words.trim().split("\n", 1)
  const [first] = new Intl.Segmenter(locale, { granularity: "sentence" }).segment(line)
  return (first?.segment ?? "").trim()
}
