// Everything that happens in the lab, as one stream.

import { createEventStream } from "../event-stream.ts"
import type { Read, Received, Typing } from "./records.ts"

export type LabEvent =
  | { readonly type: "received"; readonly lid: string; readonly message: Received }
  | { readonly type: "typing"; readonly typing: Typing }
  | { readonly type: "read"; readonly read: Read }
  | { readonly type: "link"; readonly state: string }
  | { readonly type: "change" }

export { DeadlineError, type WaitOptions } from "../event-stream.ts"

export type Events = ReturnType<typeof createEvents>

export const createEvents = () => createEventStream<LabEvent>({ hangMs: 60_000 })
