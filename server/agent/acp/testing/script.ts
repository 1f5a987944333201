// What a test tells the scripted agent to do: the prompt is a list of steps as JSON. Any other prompt is
// answered with a description of the blocks that arrived.

import type { SessionUpdate, StopReason, ToolKind } from "@agentclientprotocol/sdk"

export type AgentStep =
  | { readonly say: string }
  | { readonly update: SessionUpdate }
  /** Asks for permission and says what came back. */
  | {
      readonly ask: {
        readonly callId: string
        readonly kinds: readonly PermissionKind[]
        readonly kind?: ToolKind
      }
    }
  /** Bytes in base64, written to standard output as they are, one piece after the other. */
  | { readonly write: readonly string[] }
  /** So many bytes of one letter, followed by `end`, so many times. */
  | { readonly flood: { readonly bytes: number; readonly times: number; readonly end: string } }
  | { readonly complain: string }
  | { readonly exit: number }
  | { readonly killSelf: true }
  /** Waits for `session/cancel`, says so, and ends the turn as cancelled. */
  | { readonly untilCancelled: true }
  /** Says that it was asked to cancel, and goes on for ever; SIGTERM is ignored too. */
  | { readonly ignoreCancel: true }
  /** Starts a process of its own that ignores SIGTERM. */
  | { readonly grandchild: true }
  | { readonly close: "input" | "output" }
  | { readonly sayEnvironment: true }
  /** Says how hard it was told to think in this session, with `--thinks`. */
  | { readonly sayThinking: true }
  | { readonly fail: string }
  | { readonly stop: StopReason }

type PermissionKind = "allow_once" | "allow_always" | "reject_once" | "reject_always"

/** What the agent says of a prompt that is no script. */
export interface Received {
  readonly process: number
  readonly session: string
  readonly blocks: readonly ReceivedBlock[]
}

interface ReceivedBlock {
  readonly type: string
  readonly length: number
  readonly sha256: string
  readonly start: string
}
