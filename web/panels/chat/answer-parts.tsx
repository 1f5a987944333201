// What an answer is made of: thoughts in one line, tool calls in another, and its text.

import { computed } from "@preact/signals"
import { useMemo } from "preact/hooks"
import { text } from "../../text/index.ts"
import { Disclosure } from "../../ui/disclosure.tsx"
import type { MarkdownLabels } from "../../ui/markdown.tsx"
import { RichText } from "../../ui/rich-text.tsx"
import { useSame } from "../../ui/use-same.ts"
import { ShownFiles } from "../files/shown-files.tsx"
import type { PanelProps } from "../panel.ts"
import { isOf, type ShownPart } from "./parts.ts"
import { ToolCalls } from "./tools.tsx"

/** The same object until the language changes, because a block is drawn anew for another one. */
const labels = computed(
  (): MarkdownLabels => ({
    code: text.markdown.code,
    copyCode: text.copy.code,
    copied: text.copy.copied,
    more: text.markdown.more,
    image: text.markdown.image,
    wrap: text.markdown.wrap,
  }),
)

interface AnswerPartsProps extends PanelProps {
  readonly parts: readonly ShownPart[]
  readonly live: boolean
}

export function AnswerParts({ page, parts, live }: AnswerPartsProps) {
  const detail = page.settings.of("tools").value
  const thoughts = useSame(parts.filter(isOf("thought")))
  const calls = useSame(parts.filter(isOf("tool")))
  const last = parts.at(-1)
  const isThinking = live && last?.type === "thought"
  // While only the text grows, these are passed over.
  const before = useMemo(
    () => (
      <>
        {thoughts.length > 0 && <Thoughts parts={thoughts} now={isThinking} />}
        {calls.length > 0 && detail !== "hidden" && (
          <ToolCalls key={detail} page={page} calls={calls} live={live} open={detail === "full"} />
        )}
      </>
    ),
    [page, thoughts, calls, isThinking, live, detail],
  )
  return (
    <>
      {before}
      {parts.filter(isOf("text")).map((part, index) => (
        <div key={index} class={live && part === last ? "text-part streaming" : "text-part"}>
          <RichText text={part.text} complete={!(live && part === last)} labels={labels.value} />
          {"truncated" in part && part.truncated === true && (
            <p class="row-state">{text.chat.cut}</p>
          )}
        </div>
      ))}
      <ShownFiles page={page} files={parts.filter(isOf("attachment"))} />
    </>
  )
}

interface ThoughtsProps {
  readonly parts: readonly Extract<ShownPart, { type: "thought" }>[]
  readonly now: boolean
}

function Thoughts({ parts, now }: ThoughtsProps) {
  const known = parts.flatMap((part) => ("durationMs" in part ? (part.durationMs ?? []) : []))
  const time = known.length === 0 ? undefined : text.duration(known.reduce((a, b) => a + b))
  return (
    <Disclosure
      label={now ? text.thought.now : text.thought.done(time)}
      icon="thought"
      look="thoughts"
    >
      {() => (
        <div class="thought-text" dir="auto">
          {parts.map((part) => part.text).join("\n\n")}
        </div>
      )}
    </Disclosure>
  )
}
