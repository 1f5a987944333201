// Markdown as nodes. Raw HTML is shown as text, links leave the page without telling where from,
// and nothing is fetched from anywhere: an image becomes a link.

import type { Token, Tokens } from "marked"
import type { ComponentChildren, VNode } from "preact"
import { useMemo, useRef, useState } from "preact/hooks"
import { Button } from "./button.tsx"
import { CodeBlock, type CodeBlockLabels } from "./code-block.tsx"
import { decodeEntities } from "./entities.ts"
import { createMarkdownBlocks } from "./markdown-blocks.ts"

export interface MarkdownLabels extends CodeBlockLabels {
  readonly more: string
  readonly image: (alt: string) => string
}

export interface MarkdownProps {
  readonly text: string
  /** False while the text still grows. */
  readonly complete: boolean
  readonly labels: MarkdownLabels
}

interface Drawn {
  readonly labels: MarkdownLabels
  readonly nodes: ReadonlyMap<Token, VNode>
}

/** What is shown of one text at first, so that a megabyte does not hold up the page. */
const SHOWN_LENGTH = 40_000
/** Deeper nesting than any writer means is shown flat. */
const MAX_DEPTH = 24

export function Markdown({ text, complete, labels }: MarkdownProps) {
  const [limit, setLimit] = useState(SHOWN_LENGTH)
  const blocks = useMemo(createMarkdownBlocks, [])
  const drawn = useRef<Drawn>({ labels, nodes: new Map() })
  const isCut = text.length > limit
  const shown = isCut ? text.slice(0, limit) : complete ? text : withoutOpenMark(text)
  const tokens = blocks.read(shown, { complete: complete || isCut })
  const before = drawn.current.labels === labels ? drawn.current.nodes : undefined
  // The same node again, so that Preact passes over a block that did not change.
  const nodes = new Map(
    tokens.map((token, index) => [
      token,
      before?.get(token) ?? <Block key={index} token={token} labels={labels} />,
    ]),
  )
  drawn.current = { labels, nodes }
  return (
    <div class="markdown" dir="auto">
      {[...nodes.values()]}
      {isCut && <Button label={labels.more} onClick={() => setLimit(limit + SHOWN_LENGTH)} />}
    </div>
  )
}

/**
 * A last line of marks alone is held back while the text grows: `-` under a line would make it a
 * heading for the moment before it becomes a list.
 */
export function withoutOpenMark(text: string): string {
  return text.replace(/\n[ \t>]*[-=*+_#|`~:]+[ \t]*$/, "")
}

interface BlockProps {
  readonly token: Token
  readonly labels: MarkdownLabels
}

function Block({ token, labels }: BlockProps) {
  return <>{renderBlock(token, { labels, depth: 0 })}</>
}

interface Context {
  readonly labels: MarkdownLabels
  readonly depth: number
}

function deeper(context: Context): Context {
  return { ...context, depth: context.depth + 1 }
}

export function renderBlock(generic: Token, context: Context): ComponentChildren {
  // The lexer has no extensions, so every token is one of its own.
  const token = generic as Tokens.Paragraph | BlockToken
  if (context.depth > MAX_DEPTH) return token.raw
  switch (token.type) {
    case "heading":
      return renderHeading(token, context)
    case "paragraph":
      return <p dir="auto">{renderInline(token.tokens, context)}</p>
    case "text":
      return token.tokens === undefined
        ? decodeEntities(token.text)
        : renderInline(token.tokens, context)
    case "code":
      return (
        <CodeBlock
          code={token.text}
          language={languageOf(token)}
          closed={isClosed(token)}
          labels={context.labels}
        />
      )
    case "blockquote":
      return <blockquote>{renderBlocks(token.tokens, context)}</blockquote>
    case "list":
      return renderList(token, context)
    case "table":
      return renderTable(token, context)
    case "hr":
      return <hr />
    case "html":
      return <p class="raw-html">{token.raw.trim()}</p>
    case "space":
    case "def":
      return null
    case "checkbox":
      return renderCheckbox(token.checked)
    default:
      token satisfies never
      return generic.raw
  }
}

type BlockToken =
  | Tokens.Heading
  | Tokens.Text
  | Tokens.Code
  | Tokens.Blockquote
  | Tokens.List
  | Tokens.Table
  | Tokens.Hr
  | Tokens.HTML
  | Tokens.Space
  | Tokens.Def
  | Tokens.Checkbox

function renderBlocks(tokens: readonly Token[], context: Context): ComponentChildren {
  return tokens.map((token) => renderBlock(token, deeper(context)))
}

// The page's own headings take the first two ranks.
function renderHeading({ depth, tokens }: Tokens.Heading, context: Context): VNode {
  const children = renderInline(tokens, context)
  if (depth <= 1) return <h3 dir="auto">{children}</h3>
  if (depth === 2) return <h4 dir="auto">{children}</h4>
  if (depth === 3) return <h5 dir="auto">{children}</h5>
  return <h6 dir="auto">{children}</h6>
}

function renderList({ ordered, start, items }: Tokens.List, context: Context): VNode {
  const children = items.map((item) => (
    <li class={item.task ? "task" : ""} dir="auto">
      {renderBlocks(item.tokens, context)}
    </li>
  ))
  return ordered ? <ol start={start === "" ? 1 : start}>{children}</ol> : <ul>{children}</ul>
}

function renderCheckbox(checked: boolean): VNode {
  return <input type="checkbox" checked={checked} disabled />
}

function renderTable({ header, rows }: Tokens.Table, context: Context): VNode {
  const align = (cell: Tokens.TableCell) => (cell.align === null ? "" : `align-${cell.align}`)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    <div class="table-box" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {header.map((cell) => (
              <th scope="col" class={align(cell)}>
                {renderInline(cell.tokens, context)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell) => (
                <td class={align(cell)}>{renderInline(cell.tokens, context)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

type InlineToken =
  | Tokens.Escape
  | Tokens.Text
  | Tokens.Tag
  | Tokens.Link
  | Tokens.Image
  | Tokens.Strong
  | Tokens.Em
  | Tokens.Codespan
  | Tokens.Br
  | Tokens.Del
  | Tokens.Checkbox

function renderInline(tokens: readonly Token[], outer: Context): ComponentChildren {
  const context = deeper(outer)
  return tokens.map((token) => renderSpan(token, context))
}

function renderSpan(generic: Token, context: Context): ComponentChildren {
  const token = generic as InlineToken
  if (context.depth > MAX_DEPTH) return token.raw
  switch (token.type) {
    case "text":
      return token.tokens === undefined
        ? decodeEntities(token.text)
        : renderInline(token.tokens, context)
    case "escape":
      return token.text
    case "strong":
      return <strong>{renderInline(token.tokens, context)}</strong>
    case "em":
      return <em>{renderInline(token.tokens, context)}</em>
    case "del":
      return <del>{renderInline(token.tokens, context)}</del>
    case "codespan":
      return <code>{token.text}</code>
    case "br":
      return <br />
    case "link":
      return <Link href={token.href}>{renderInline(token.tokens, context)}</Link>
    case "image":
      return <Link href={token.href}>{context.labels.image(decodeEntities(token.text))}</Link>
    case "html":
      return token.raw
    case "checkbox":
      return renderCheckbox(token.checked)
    default:
      token satisfies never
      return generic.raw
  }
}

/** An address with any other scheme than these, or without one, stays text. */
const SAFE_ADDRESS = /^(?:https?:\/\/|mailto:|tel:)/i

function Link({ href, children }: { href: string; children: ComponentChildren }) {
  if (!SAFE_ADDRESS.test(href)) return <span title={href}>{children}</span>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {children}
    </a>
  )
}

function languageOf({ lang }: Tokens.Code): string {
  return /^[^\s{]+/.exec(lang ?? "")?.[0] ?? ""
}

/** Whether the fence around the code has its other end. */
export function isClosed({ raw }: Pick<Tokens.Code, "raw">): boolean {
  const [, fence] = /^ {0,3}(`{3,}|~{3,})/.exec(raw) ?? []
  if (fence === undefined) return true
  const last = raw.trimEnd().split("\n").slice(1).at(-1)?.trim() ?? ""
  return last.startsWith(fence) && last.replaceAll(fence.charAt(0), "") === ""
}
