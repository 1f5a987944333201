// Everything that happens in the lab, as one stream.

import { createEventStream } from "../event-stream.ts"
import type { Entity, Message } from "./messages.ts"

export type UploadedFile = { readonly name: string; readonly bytes: Buffer }

export type Call = {
  /** Counts from 1 in the order in which complete requests arrived. */
  readonly order: number
  readonly atMs: number
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly files: Readonly<Record<string, UploadedFile>>
  /** The fault that met this call, if one did. */
  fault: string | null
}

export type Draft = {
  readonly chatId: number
  readonly draftId: number
  readonly text: string
  readonly entities?: readonly Entity[]
}
export type Action = { readonly chatId: number; readonly action: string }

export type LabEvent =
  | { readonly type: "call"; readonly call: Call }
  | { readonly type: "answered"; readonly call: Call }
  | { readonly type: "sent"; readonly message: Message }
  | { readonly type: "edited"; readonly message: Message }
  | { readonly type: "deleted"; readonly message: Message }
  | { readonly type: "action"; readonly action: Action }
  | { readonly type: "draft"; readonly draft: Draft }
  | { readonly type: "updates" }

export { DeadlineError, type WaitOptions } from "../event-stream.ts"

export type Events = ReturnType<typeof createEvents>

export const createEvents = () => createEventStream<LabEvent>({ hangMs: 60_000 })
