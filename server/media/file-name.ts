// A file's name as it is shown and sent along. It comes from strangers and is never used as a path.

const MAX_LENGTH = 100

/** Control characters, what turns the direction of writing around, and half a character. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The last part of what was given, made harmless; `file` with the ending where nothing is left. */
export function toFileName(given: string | undefined, ending: string): string {
  const last = (given ?? "").split(/[/\\]/).at(-1) ?? ""
  const clean = last
    .replace(UNFIT, "")
    .replace(/["'`<>|:*?[\]()]/g, "_")
    .trim()
  if (/^\.*$/.test(clean)) return `file${ending}`
  const characters = [...clean]
  if (characters.length <= MAX_LENGTH) return clean
  const kept = clean.match(/\.[A-Za-z0-9]{1,8}$/)?.[0] ?? ""
  return characters.slice(0, MAX_LENGTH - kept.length).join("") + kept
}
