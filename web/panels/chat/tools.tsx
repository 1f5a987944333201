// The tool calls of one answer: one line, opened to a list, opened to input and output.

import type { ComponentChildren } from "preact"
import type { ToolPart } from "#protocol"
import { text } from "../../text/index.ts"
import { Disclosure } from "../../ui/disclosure.tsx"
import { Icon, type IconName } from "../../ui/icon.tsx"
import { useNow } from "../../ui/use-now.ts"
import type { PanelProps } from "../panel.ts"
import { ToolText } from "./tool-text.tsx"

type CallState = "running" | "ok" | "failed" | "unknown"

const ICONS: Record<CallState, IconName> = {
  running: "spinner",
  ok: "check",
  failed: "alert",
  unknown: "alert",
}

interface ToolCallsProps extends PanelProps {
  readonly calls: readonly ToolPart[]
  readonly live: boolean
  /** Everything is open at first. */
  readonly open: boolean
}

export function ToolCalls({ page, calls, live, open }: ToolCallsProps) {
  const running = calls.filter((call) => stateOf(call, live) === "running")
  const list = () => (
    <ul class="tool-list">
      {calls.map((call) => (
        <li key={call.callId}>
          <ToolCall call={call} state={stateOf(call, live)} open={open} />
        </li>
      ))}
    </ul>
  )
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

function stateOf({ ok, endedAt }: ToolPart, live: boolean): CallState {
  if (ok !== undefined) return ok ? "ok" : "failed"
  return live && endedAt === undefined ? "running" : "unknown"
}

function totalTime(calls: readonly ToolPart[]): string | undefined {
  const times = calls.flatMap(({ startedAt, endedAt }) => (endedAt ? endedAt - startedAt : []))
  return times.length === 0 ? undefined : text.duration(times.reduce((a, b) => a + b))
}

interface ToolCallProps {
  readonly call: ToolPart
  readonly state: CallState
  readonly open: boolean
}

function ToolCall({ call, state, open }: ToolCallProps) {
  const { name, title, startedAt, endedAt, truncated } = call
  return (
    <Disclosure
      label={title ?? name}
      look={`tool tool-${state}`}
      startsOpen={open}
      trailing={
        <span class="tool-state">
          <Icon name={ICONS[state]} />
          {text.tools.state[state]}
          {endedAt !== undefined && ` · ${text.duration(endedAt - startedAt)}`}
        </span>
      }
    >
      {() => (
        <>
          <ToolText label={text.tools.input} value={call.input} />
          <ToolText label={text.tools.output} value={call.output ?? text.tools.noOutput} />
          {truncated === true && <p class="muted">{text.tools.cut}</p>}
        </>
      )}
    </Disclosure>
  )
}
