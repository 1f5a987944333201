// What an agent reports while a turn runs, as events of the turn. Read leniently: a report with a field
// that is wrong loses this field, not the turn.

import { LIMITS, TOOL_KINDS, type ToolData, type ToolKind } from "#protocol"
import type { Permission, PermissionAsk, TurnEvent } from "../engine.ts"

export interface UpdateReader {
  /** The `update` of one `session/update`. */
  read(update: unknown): void
  /** The agent asks whether it may do this; what is known of the call. */
  asked(toolCall: unknown): AskedCall
  /** It may not. */
  refused(callId: string | undefined, by: Permission["by"]): void
  /** The turn is over: a refused call that the agent never closed ends here. */
  close(): void
}

export type AskedCall = Omit<PermissionAsk, "options">

interface OpenCall {
  readonly name: string
  title?: string
  kind?: ToolKind
  input?: string
  /** The last thing known about it, shown when the agent gives no output of its own. */
  refusal?: string
}

const MAX_TEXT_BYTES = LIMITS.maxToolPartBytes / 2

export function createUpdateReader(emit: (event: TurnEvent) => void): UpdateReader {
  const open = new Map<string, OpenCall>()
  const ended = new Set<string>()
  let text: "none" | "open line" | "after a tool" = "none"

  function say(content: unknown): void {
    const delta = textOf(content)
    if (delta === "") return
    // What is said after a tool call is a paragraph of its own, also where tool calls are not shown.
    const apart = text === "after a tool" && !/^\s/.test(delta) ? "\n\n" : ""
    emit({ stream: "assistant", delta: apart + delta })
    text = /\s$/.test(delta) ? "none" : "open line"
  }

  function tool(data: ToolData): void {
    if (text === "open line") text = "after a tool"
    emit({ stream: "tool", data })
  }

  function start(callId: string, call: Fields): OpenCall {
    const name = textField(call, "name") ?? textField(call, "kind") ?? "tool"
    const opened: OpenCall = { name }
    open.set(callId, opened)
    tool({ phase: "start", callId, name, ...titleOf(call), ...inputOf(call) })
    return opened
  }

  /** What a later question is about, should the agent not say it again. */
  function learn(call: OpenCall, fields: Fields): void {
    const { title } = titleOf(fields)
    const { input } = inputOf(fields)
    const kind = TOOL_KINDS.find((known) => known === fields["kind"])
    if (title !== undefined) call.title = title
    if (input !== undefined) call.input = input
    if (kind !== undefined) call.kind = kind
  }

  function end(callId: string, call: OpenCall, fields: Fields, ok: boolean): void {
    open.delete(callId)
    ended.add(callId)
    const output = outputOf(fields)
    const refusal = call.refusal === undefined ? {} : { output: call.refusal }
    tool({ phase: "end", callId, name: call.name, ok, ...refusal, ...output })
  }

  function readCall(call: Fields): void {
    const callId = textField(call, "toolCallId")
    if (callId === undefined || ended.has(callId)) return
    const known = open.get(callId)
    const current = known ?? start(callId, call)
    learn(current, call)
    const status = call["status"]
    if (status === "completed" || status === "failed") {
      end(callId, current, call, status === "completed")
      return
    }
    const news = {
      ...(known !== undefined && titleOf(call)),
      ...(known !== undefined && inputOf(call)),
      ...outputOf(call),
    }
    if (Object.keys(news).length === 0) return
    tool({ phase: "update", callId, name: current.name, ...news })
  }

  return {
    read(update) {
      if (!isFields(update)) return
      switch (update["sessionUpdate"]) {
        case "agent_message_chunk":
          return say(update["content"])
        case "agent_thought_chunk": {
          const delta = textOf(update["content"])
          if (delta !== "") emit({ stream: "thought", delta })
          return
        }
        case "tool_call":
        case "tool_call_update":
          return readCall(update)
        default:
          return
      }
    },
    asked(toolCall) {
      const fields = isFields(toolCall) ? toolCall : {}
      const callId = textField(fields, "toolCallId")
      const isOver = callId === undefined || ended.has(callId)
      const call: OpenCall = isOver ? { name: "tool" } : (open.get(callId) ?? start(callId, fields))
      learn(call, fields)
      const { input, kind = "other", name, title = name } = call
      return {
        title,
        kind,
        ...(callId !== undefined && { callId }),
        ...(input !== undefined && { input }),
      }
    },
    refused(callId, by) {
      const call = callId === undefined ? undefined : open.get(callId)
      if (callId === undefined || call === undefined) return
      call.refusal = REFUSALS[by]
      tool({ phase: "update", callId, name: call.name, output: call.refusal })
    },
    close() {
      for (const [callId, call] of open) {
        if (call.refusal !== undefined) end(callId, call, {}, false)
      }
    },
  }
}

const REFUSALS: Readonly<Record<Permission["by"], string>> = {
  client: "Permission refused: somebody at a client said no.",
  rule: "Permission refused by a rule of this gateway; see agent.permissions.",
  timeout: "Permission refused: nobody answered in time.",
  abort: "Permission refused: the run was stopped.",
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

function titleOf(call: Fields): Pick<ToolData, "title"> {
  const title = textField(call, "title")
  return title === undefined ? {} : { title }
}

function inputOf(call: Fields): Pick<ToolData, "input" | "truncated"> {
  const { rawInput } = call
  if (rawInput === undefined || rawInput === null) return {}
  if (isFields(rawInput) && Object.keys(rawInput).length === 0) return {}
  const { text, truncated } = cut(toText(rawInput))
  return { input: text, ...(truncated && { truncated }) }
}

function outputOf(call: Fields): Pick<ToolData, "output" | "truncated"> {
  const { content, rawOutput } = call
  const shown = Array.isArray(content) ? content.map(toolContentText).filter(isText).join("\n") : ""
  const raw = rawOutput === undefined || rawOutput === null ? "" : toText(rawOutput)
  if (shown === "" && raw === "") return {}
  const { text, truncated } = cut(shown === "" ? raw : shown)
  return { output: text, ...(truncated && { truncated }) }
}

function toolContentText(item: unknown): string {
  if (!isFields(item)) return ""
  switch (item["type"]) {
    case "content":
      return textOf(item["content"])
    case "diff":
      return `Changed ${textField(item, "path") ?? "a file"}`
    default:
      return ""
  }
}

/** The text of a content block; of a link, its address; of anything else, nothing. */
function textOf(content: unknown): string {
  if (!isFields(content)) return ""
  switch (content["type"]) {
    case "text":
      return textField(content, "text") ?? ""
    case "resource_link":
      return textField(content, "uri") ?? ""
    case "resource": {
      const { resource } = content
      return isFields(resource) ? (textField(resource, "text") ?? "") : ""
    }
    default:
      return ""
  }
}

function isText(text: string): boolean {
  return text !== ""
}

function toText(value: unknown): string {
  if (typeof value === "string") return value
  try {
    return JSON.stringify(value)
  } catch (error) {
    // Nested deeper than the stack.
    if (error instanceof RangeError) return "(too deeply nested to show)"
    throw error
  }
}

function cut(text: string): { text: string; truncated: boolean } {
  const bytes = Buffer.from(text.toWellFormed())
  if (bytes.byteLength <= MAX_TEXT_BYTES) return { text: text.toWellFormed(), truncated: false }
  // A character that the cut went through becomes U+FFFD and is dropped.
  const kept = bytes
    .subarray(0, MAX_TEXT_BYTES)
    .toString("utf8")
    .replace(/\uFFFD$/, "")
  return { text: kept, truncated: true }
}
