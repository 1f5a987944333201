/** A text as one word of a command line that people copy, whatever a stranger put into it. */
export function toShellWord(text: string): string {
  return /^[A-Za-z0-9:+@._,/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
