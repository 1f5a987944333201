// The tool calls of one answer, each a line that opens to what it was given and what it gave.

import type { ToolPart } from "#protocol"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Disclosure } from "../../ui/disclosure.tsx"
import { Icon, type IconName } from "../../ui/icon.tsx"
import { type CallState, stateOf } from "./tool-state.ts"
import { ToolText } from "./tool-text.tsx"

const ICONS: Record<CallState, IconName> = {
  running: "spinner",
  ok: "check",
  failed: "alert",
  unknown: "alert",
}

export interface ToolListProps {
  readonly calls: readonly ToolPart[]
  readonly live: boolean
  /** Everything is open at first. */
  readonly open: boolean
}

export function ToolList({ calls, live, open }: ToolListProps) {
  return (
    <ul class="tool-list">
      {calls.map((call) => (
        <li key={call.callId}>
          <ToolCall call={call} state={stateOf(call, live)} open={open} />
        </li>
      ))}
    </ul>
  )
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
          {later.toolList.state[state]}
          {endedAt !== undefined && ` · ${text.duration(endedAt - startedAt)}`}
        </span>
      }
    >
      {() => (
        <>
          <ToolText label={later.toolList.input} value={call.input} />
          <ToolText label={later.toolList.output} value={call.output ?? later.toolList.noOutput} />
          {truncated === true && <p class="muted">{later.toolList.cut}</p>}
        </>
      )}
    </Disclosure>
  )
}
