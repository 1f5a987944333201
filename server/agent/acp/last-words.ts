// The end of what a process wrote to its standard error, made fit for people: no control codes, no secrets.

import { stripVTControlCharacters } from "node:util"

const KEPT_BYTES = 8 * 1024
const SHOWN_CHARACTERS = 500
const SHORTEST_SECRET = 8
const HIDDEN = "[hidden]"

/** Keys and tokens in the forms that services commonly give them. */
const SECRET_FORMS = [
  /\b(?:sk|pk|rk|ghp|gho|ghs|xox[abp])[-_][A-Za-z0-9_-]{8,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /\b\d{6,}:[A-Za-z0-9_-]{30,}/g,
  /(?<=\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}/gi,
]

export interface LastWords {
  add(chunk: Buffer): void
  read(): string
}

/** `secrets` are values that must not be shown wherever they stand. */
export function createLastWords(secrets: readonly string[]): LastWords {
  let kept = Buffer.alloc(0)
  return {
    add(chunk) {
      kept = Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES)
    },
    read: () => cleanWords(kept.toString("utf8"), secrets).slice(-SHOWN_CHARACTERS).toWellFormed(),
  }
}

export function cleanWords(text: string, secrets: readonly string[]): string {
  let clean = stripVTControlCharacters(text)
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{C}\n\t]/gu, "")
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_SECRET) clean = clean.replaceAll(secret, HIDDEN)
  }
  for (const form of SECRET_FORMS) clean = clean.replace(form, HIDDEN)
  return clean.trim()
}
