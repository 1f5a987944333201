// A piece of code with its language, a way to copy it and one to wrap its lines. It is coloured when its
// fence has closed and it comes near the view.

import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import { Button } from "./button.tsx"
import { CopyButton } from "./copy.tsx"
import type { CodeNode } from "./highlight.ts"

export interface CodeBlockLabels {
  readonly code: string
  readonly copyCode: string
  readonly copied: string
  readonly wrap: string
}

export interface CodeBlockProps {
  readonly code: string
  readonly language: string
  /** Nothing is added to it any more. */
  readonly closed: boolean
  readonly labels: CodeBlockLabels
}

/** Longer code stays plain: colouring it would hold up the page. */
const MAX_COLOURED_LENGTH = 20_000
/** How far from the view code is coloured already. */
const NEAR = "400px"

export function CodeBlock({ code, language, closed, labels }: CodeBlockProps) {
  const figure = useRef<HTMLElement>(null)
  const [wraps, setWraps] = useState(false)
  const isWanted = closed && language !== "" && code.length <= MAX_COLOURED_LENGTH
  const nodes = useColours(figure, isWanted ? { code, language } : undefined)
  return (
    <figure class="code-block" ref={figure}>
      <figcaption>
        <span dir="auto">{language === "" ? labels.code : language}</span>
        <span class="code-tools">
          <Button
            label={labels.wrap}
            icon="wrap"
            look="quiet"
            iconOnly
            pressed={wraps}
            onClick={() => setWraps(!wraps)}
          />
          <CopyButton
            label={labels.copyCode}
            doneLabel={labels.copied}
            iconOnly
            text={() => code}
          />
        </span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} dir="ltr" class={wraps ? "wraps" : ""}>
        <code>{nodes === undefined ? code : nodes.map(toElement)}</code>
      </pre>
    </figure>
  )
}

interface Wanted {
  readonly code: string
  readonly language: string
}

/** The coloured pieces, once they are there; those of another code are not shown. */
function useColours(
  figure: { readonly current: HTMLElement | null },
  wanted: Wanted | undefined,
): readonly CodeNode[] | undefined {
  const [done, setDone] = useState<{ code: string; nodes: readonly CodeNode[] | undefined }>()
  const { code, language = "" } = wanted ?? {}
  useEffect(() => {
    if (code === undefined || figure.current === null) return
    let isCurrent = true
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return
        observer.disconnect()
        void colour(code, language).then((nodes) => {
          if (isCurrent) setDone({ code, nodes })
        })
      },
      { rootMargin: NEAR },
    )
    observer.observe(figure.current)
    return () => {
      isCurrent = false
      observer.disconnect()
    }
  }, [code, language])
  return done !== undefined && done.code === code ? done.nodes : undefined
}

async function colour(code: string, language: string): Promise<readonly CodeNode[] | undefined> {
  try {
    const { createHighlight } = await import("./highlight.ts")
    return createHighlight()(code, language)
  } catch {
    // Without its colours, as when the page's files are of an older gateway, code is still code.
    return undefined
  }
}

function toElement(node: CodeNode): ComponentChildren {
  if (typeof node === "string") return node
  return <span class={`code-${node.kind}`}>{node.children.map(toElement)}</span>
}
