// A small search over the documentation that is shipped: which section answers a question best.

import { readdir, readFile, stat } from "node:fs/promises"
import { basename, join } from "node:path"
import type { Logger } from "../../host/logger.ts"

export interface Section {
  /** The file's name, for people. */
  readonly source: string
  readonly heading: string
  readonly text: string
}

export interface Documents {
  /** The section that answers best, or undefined when none has to do with the question. */
  search(question: string): Promise<Section | undefined>
}

/** `paths` are Markdown files, or folders of them. They are read at the first question. */
export function createDocuments(paths: readonly string[], log: Logger): Documents {
  let sections: Promise<readonly Section[]> | undefined
  return {
    async search(question) {
      sections ??= readSections(paths, log)
      return findSection(await sections, question)
    },
  }
}

async function readSections(paths: readonly string[], log: Logger): Promise<Section[]> {
  const files = (await Promise.all(paths.map((path) => listFiles(path, log)))).flat()
  const sections = await Promise.all(
    files.map(async (file) => splitSections(basename(file), await readFile(file, "utf8"))),
  )
  return sections.flat()
}

async function listFiles(path: string, log: Logger): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = await readdir(path, { recursive: true })
    return names
      .filter((name) => name.endsWith(".md"))
      .sort()
      .map((name) => join(path, name))
  } catch (error) {
    log.debug("documentation is missing", { path, error })
    return []
  }
}

export function splitSections(source: string, markdown: string): Section[] {
  const sections: Section[] = []
  let heading = source
  let lines: string[] = []
  let fenced = false

  function finish(): void {
    const text = unwrap(lines).join("\n").trim()
    if (text !== "") sections.push({ source, heading, text })
    lines = []
  }

  for (const line of markdown.split(/\r?\n/)) {
    if (/^(?:```|~~~)/.test(line.trimStart())) fenced = !fenced
    const title = fenced ? undefined : /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (title === undefined) {
      lines.push(line)
      continue
    }
    finish()
    heading = title
  }
  finish()
  return sections
}

/** A paragraph as one line: chat apps show where a source was wrapped. Code, tables and lists keep their lines. */
function unwrap(lines: readonly string[]): readonly string[] {
  const joined: string[] = []
  let fenced = false
  let canJoin = false
  for (const line of lines) {
    const text = line.trimStart()
    const fence = /^(?:```|~~~)/.test(text)
    const starts = fence || text === "" || /^(?:[-*+>|#]|\d+[.)]\s)/.test(text)
    if (fenced || starts || !canJoin) joined.push(line)
    else joined.push(`${joined.pop()?.trimEnd()} ${text}`)
    if (fence) fenced = !fenced
    canJoin = !fenced && !fence && text !== "" && !/^[|#]/.test(text)
  }
  return joined
}

/** Words that say nothing about what a question is about. */
const COMMON = new Set(
  `a about all an and any are as at be but by can could did do does for from get give had has have how i if
  in into is it its just let like make may me my need no not of off on or our out please see set should so
  some tell that the their them then there these they this to up use used using want was we what when
  where which who why will with would you your clawdis gateway`.split(/\s+/),
)

const HEADING_WEIGHT = 3
/** Part of the question's weight that a section must hold to count as an answer. */
const LEAST_SHARE = 0.5

export function findSection(sections: readonly Section[], question: string): Section | undefined {
  const asked = new Set(wordsOf(question).filter((word) => !COMMON.has(word)))
  if (asked.size === 0) return undefined
  const indexed = sections.map((section) => ({
    section,
    heading: new Set(wordsOf(section.heading)),
    text: countWords(wordsOf(section.text)),
  }))
  // A word that few sections hold says more than one that most hold.
  const weights = new Map(
    [...asked].map((word) => {
      const holding = indexed.filter(({ heading, text }) => heading.has(word) || text.has(word))
      return [word, Math.log(1 + sections.length / Math.max(1, holding.length))] as const
    }),
  )
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0)

  let best: { section: Section; score: number } | undefined
  for (const { section, heading, text } of indexed) {
    let held = 0
    let score = 0
    for (const [word, weight] of weights) {
      const count = text.get(word) ?? 0
      if (count === 0 && !heading.has(word)) continue
      held += weight
      score += weight * (1 + Math.log(1 + count) + (heading.has(word) ? HEADING_WEIGHT : 0))
    }
    if (held / whole < LEAST_SHARE) continue
    if (best === undefined || score > best.score) best = { section, score }
  }
  return best?.section
}

function countWords(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** Lower case, without the endings that English puts behind a word. */
function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) =>
    word.length > 4 ? word.replace(/(?:ing|ed|es|s)$/, "") : word.replace(/(?<=..)s$/, ""),
  )
}
