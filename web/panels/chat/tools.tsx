// The tool calls of one answer: one line, opened to a list.

import type { ComponentChildren } from "preact"
import type { ToolPart } from "#protocol"
import { text } from "../../text/index.ts"
import { Disclosure } from "../../ui/disclosure.tsx"
import { createPart } from "../../ui/part.ts"
import { useNow } from "../../ui/use-now.ts"
import { LaterPart } from "../later-part.tsx"
import type { PanelProps } from "../panel.ts"
import { stateOf } from "./tool-state.ts"

export const toolList = createPart(
  () => import("./tool-list.tsx"),
  (file) => file.ToolList,
)

interface ToolCallsProps extends PanelProps {
  readonly calls: readonly ToolPart[]
  readonly live: boolean
  /** Everything is open at first. */
  readonly open: boolean
}

export function ToolCalls({ page, calls, live, open }: ToolCallsProps) {
  const running = calls.filter((call) => stateOf(call, live) === "running")
  const list = () => <LaterPart page={page} part={toolList} props={{ calls, live, open }} />
  const [only] = running
  if (only !== undefined && running.length === 1) {
    return <RunningCalls page={page} call={only} count={calls.length} open={open} list={list} />
  }
  const label = text.tools.summary(calls.length, running.length, totalTime(calls))
  return (
    <Disclosure label={label} icon="tool" look="tools" startsOpen={open}>
      {list}
    </Disclosure>
  )
}

interface RunningCallsProps extends PanelProps {
  readonly call: ToolPart
  readonly count: number
  readonly open: boolean
  readonly list: () => ComponentChildren
}

/** A call that is over so soon needs no clock. */
const SLOW_MS = 2_000

function RunningCalls({ page, call, count, open, list }: RunningCallsProps) {
  const elapsed = useNow(1_000) - page.health.toPageTime(call.startedAt)
  const time = elapsed < SLOW_MS ? undefined : text.wait(elapsed)
  return (
    <Disclosure
      label={text.tools.running(call.title ?? call.name, count, time)}
      icon="tool"
      look="tools"
      startsOpen={open}
    >
      {list}
    </Disclosure>
  )
}

function totalTime(calls: readonly ToolPart[]): string | undefined {
  const times = calls.flatMap(({ startedAt, endedAt }) => (endedAt ? endedAt - startedAt : []))
  return times.length === 0 ? undefined : text.duration(times.reduce((a, b) => a + b))
}
