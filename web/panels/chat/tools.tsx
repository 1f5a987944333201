// The tool calls of one answer: one line, opened to a list, opened to input and output.

import type { ToolPart } from "#protocol"
import { text } from "../../text/index.ts"
import { CopyButton } from "../../ui/copy.tsx"
import { Disclosure } from "../../ui/disclosure.tsx"
import { Icon, type IconName } from "../../ui/icon.tsx"

type CallState = "running" | "ok" | "failed" | "unknown"

const ICONS: Record<CallState, IconName> = {
  running: "spinner",
  ok: "check",
  failed: "alert",
  unknown: "alert",
}

interface ToolCallsProps {
  readonly calls: readonly ToolPart[]
  readonly live: boolean
}

export function ToolCalls({ calls, live }: ToolCallsProps) {
  const running = calls.filter((call) => stateOf(call, live) === "running")
  const [only] = running
  const label =
    only !== undefined && running.length === 1
      ? text.tools.running(only.title ?? only.name, calls.length)
      : text.tools.summary(calls.length, running.length, totalTime(calls))
  return (
    <Disclosure label={label} icon="tool" look="tools">
      {() => (
        <ul class="tool-list">
          {calls.map((call) => (
            <li key={call.callId}>
              <ToolCall call={call} state={stateOf(call, live)} />
            </li>
          ))}
        </ul>
      )}
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

function ToolCall({ call, state }: { call: ToolPart; state: CallState }) {
  const { name, title, startedAt, endedAt, truncated } = call
  return (
    <Disclosure
      label={title ?? name}
      look={`tool tool-${state}`}
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

export function ToolText({ label, value }: { label: string; value: string | undefined }) {
  if (value === undefined) return null
  return (
    <figure class="code-block">
      <figcaption>
        <span>{label}</span>
        <CopyButton
          label={text.copy.copy}
          doneLabel={text.copy.copied}
          iconOnly
          text={() => value}
        />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} dir="ltr">
        <code>{withoutAnsi(value)}</code>
      </pre>
    </figure>
  )
}

function withoutAnsi(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with one.
  return value.replace(/\u001B\[[0-9;?]*[ -/]*[@-~]/g, "")
}
