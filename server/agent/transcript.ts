// The answer of one run as it grows: the events of an engine become numbered wire events and, at every
// moment, the parts of a message.

import {
  type AgentEvent,
  cutText,
  LIMITS,
  type Part,
  splitByBytes,
  type ToolData,
  type ToolPart,
} from "#protocol"
import type { TurnEvent } from "./engine.ts"

/** The largest piece of text in one event, in bytes of JSON. */
const MAX_DELTA_BYTES = 32 * 1024
/** All output of one turn, in bytes. */
export const MAX_OUTPUT_BYTES = 10 * 1024 * 1024

type NumberedData = Pick<AgentEvent, "stream" | "data">

export interface Transcript {
  /** Takes one event in; gives the data of the wire events it stands for. */
  add(event: TurnEvent, at: number): NumberedData[]
  readonly parts: readonly Part[]
  /** The answer's text without tools and thoughts. */
  readonly text: string
  readonly bytes: number
  /** The parts of the finished message: what had not ended has no `ok`, and long texts are cut. */
  finish(): Part[]
}

export function createTranscript(messageId: string): Transcript {
  const parts: Part[] = []
  const thoughtStarts = new Map<Part, number>()
  const offsets = { assistant: 0, thought: 0 }
  let bytes = 0

  function addDelta(stream: "assistant" | "thought", delta: string, at: number): NumberedData[] {
    bytes += Buffer.byteLength(delta)
    const type = stream === "assistant" ? "text" : "thought"
    const last = parts.at(-1)
    if (last?.type === type) {
      last.text += delta
      endThought(last, at)
    } else {
      const part: Part = { type, text: delta }
      if (type === "thought") thoughtStarts.set(part, at)
      parts.push(part)
    }
    return splitByBytes(delta, MAX_DELTA_BYTES).map((piece) => {
      const offset = offsets[stream]
      offsets[stream] += piece.length
      return { stream, data: { messageId, offset, delta: piece } }
    })
  }

  function endThought(part: Part, at: number): void {
    const startedAt = thoughtStarts.get(part)
    if (part.type === "thought" && startedAt !== undefined) part.durationMs = at - startedAt
  }

  function addTool(data: ToolData, at: number): NumberedData[] {
    const fitted = fitTool(data)
    bytes += Buffer.byteLength(fitted.input ?? "") + Buffer.byteLength(fitted.output ?? "")
    const known = parts.find(
      (part): part is ToolPart => part.type === "tool" && part.callId === fitted.callId,
    )
    if (known === undefined) parts.push(toPart(fitted, at))
    else updatePart(known, fitted, at)
    return [{ stream: "tool", data: fitted }]
  }

  return {
    add: (event, at) =>
      event.stream === "tool"
        ? addTool(event.data, at)
        : event.delta === ""
          ? []
          : addDelta(event.stream, event.delta, at),
    parts,
    get text() {
      return parts
        .filter((part) => part.type === "text")
        .map((part) => part.text.trim())
        .filter((text) => text !== "")
        .join("\n\n")
    },
    get bytes() {
      return bytes
    },
    finish: () =>
      parts.map((part) => {
        if (part.type !== "text" && part.type !== "thought") return part
        const text = cutText(part.text, LIMITS.maxTextPartBytes)
        if (text.length === part.text.length) return part
        return part.type === "text" ? { ...part, text, truncated: true } : { ...part, text }
      }),
  }
}

/** A call's name, title and id are for people and for matching; what is longer is no use to either. */
const MAX_TOOL_NAME_BYTES = 128
const MAX_TOOL_TITLE_BYTES = 512

function fitTool(data: ToolData): ToolData {
  const input = data.input === undefined ? undefined : cutText(data.input, LIMITS.maxToolPartBytes)
  const output =
    data.output === undefined ? undefined : cutText(data.output, LIMITS.maxToolPartBytes)
  const cut = input?.length !== data.input?.length || output?.length !== data.output?.length
  return {
    ...data,
    callId: cutText(data.callId, MAX_TOOL_NAME_BYTES),
    name: cutText(data.name, MAX_TOOL_NAME_BYTES),
    ...(data.title !== undefined && { title: cutText(data.title, MAX_TOOL_TITLE_BYTES) }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(cut && { truncated: true }),
  }
}

function toPart({ phase, ...data }: ToolData, at: number): ToolPart {
  return { type: "tool", ...data, startedAt: at, ...(phase === "end" && { endedAt: at }) }
}

function updatePart(part: ToolPart, { phase, ...data }: ToolData, at: number): void {
  Object.assign(part, data)
  if (phase === "end") part.endedAt = at
}
