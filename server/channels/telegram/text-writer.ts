// Writes a text together with what is bold, code, a link… in it, by the service's rules for entities:
// they nest but never cross, and nothing else is in or around code.

type Mark =
  | "bold"
  | "italic"
  | "underline"
  | "strikethrough"
  | "blockquote"
  | "code"
  | "pre"
  | "text_link"

/** As the Bot API takes it; offset and length count UTF-16 units. */
export interface Entity {
  readonly type: Mark
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly language?: string
}

type Kind = Omit<Entity, "offset" | "length">

export interface TextWriter {
  /** Further lines begin where the list item around them does. */
  write(text: string): void
  /** Marks what `body` writes. Marks that the service does not take here are left out. */
  mark(kind: Kind, body: () => void): void
  /** Text in which every character is meant, so that it is neither indented nor marked otherwise. */
  verbatim(kind: Kind & { type: "code" | "pre" }, text: string): void
  indent(columns: number, body: () => void): void
  finish(): { readonly text: string; readonly entities: readonly Entity[] }
}

const isVerbatim = (type: Mark) => type === "code" || type === "pre"

const PIECEMEAL: ReadonlySet<Mark> = new Set(["bold", "italic", "underline", "strikethrough"])

export function createTextWriter(): TextWriter {
  let text = ""
  let columns = 0
  const entities: Entity[] = []
  /** The marks around what is written now, from where on. */
  const open: { readonly kind: Kind; from: number }[] = []

  function isOpen(type: Mark): boolean {
    return open.some(({ kind }) => kind.type === type)
  }

  /** White space at the ends of a mark is of no use, and the service moves them; in code it is meant. */
  function add(kind: Kind, from: number): void {
    const marked = text.slice(from)
    const code = entities.filter(({ type, offset }) => isVerbatim(type) && offset >= from)
    const offset = Math.min(
      from + marked.length - marked.trimStart().length,
      ...code.map((entity) => entity.offset),
    )
    const end = Math.max(
      from + marked.trimEnd().length,
      ...code.map((entity) => entity.offset + entity.length),
    )
    if (end > offset) entities.push({ ...kind, offset, length: end - offset })
  }

  return {
    write(more) {
      text += columns === 0 ? more : more.replaceAll("\n", `\n${" ".repeat(columns)}`)
    },
    mark(kind, body) {
      const own = { kind, from: text.length }
      const isNew = !isOpen(kind.type)
      if (isNew) open.push(own)
      body()
      if (!isNew) return
      open.pop()
      add(kind, own.from)
    },
    verbatim(kind, code) {
      const from = text.length
      if (isOpen("text_link") || code.trim() === "") {
        text += code
        return
      }
      const interrupted = open.filter((outer) => PIECEMEAL.has(outer.kind.type))
      for (const outer of interrupted) add(outer.kind, outer.from)
      text += code
      entities.push({ ...kind, offset: from, length: code.length })
      for (const outer of interrupted) outer.from = text.length
    },
    indent(more, body) {
      columns += more
      body()
      columns -= more
    },
    finish() {
      return trim(text, entities)
    },
  }
}

/** The service cuts white space off at both ends, and with it would go what the offsets count from. */
function trim(text: string, entities: readonly Entity[]) {
  const cut = text.length - text.trimStart().length
  const trimmed = text.trim()
  // The outer ones were added last, and of two that mark the same the outer one comes first.
  const moved = entities
    .toReversed()
    .map((entity) => {
      const offset = Math.max(0, entity.offset - cut)
      const end = Math.min(trimmed.length, entity.offset + entity.length - cut)
      return { ...entity, offset, length: end - offset }
    })
    .filter(({ length }) => length > 0)
    .sort((a, b) => a.offset - b.offset || b.length - a.length)
  return { text: trimmed, entities: moved }
}
