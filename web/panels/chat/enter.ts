// Whether an Enter was meant as one, and what for. An input method's own Enter confirms a word; Safari
// sends it after the composition has ended, within the same moment.

import type { Choice } from "../../store/settings.ts"

export interface EnterGuard {
  compositionEnded(atMs: number): void
  isReal(event: Pick<KeyboardEvent, "isComposing" | "keyCode" | "timeStamp">): boolean
}

const SAME_MOMENT_MS = 50
/** What browsers report for a key that an input method took. */
const TAKEN_KEY_CODE = 229

export function createEnterGuard(): EnterGuard {
  let endedAt = Number.NEGATIVE_INFINITY
  return {
    compositionEnded(atMs) {
      endedAt = atMs
    },
    isReal: ({ isComposing, keyCode, timeStamp }) =>
      !isComposing && keyCode !== TAKEN_KEY_CODE && timeStamp - endedAt > SAME_MOMENT_MS,
  }
}

export interface EnterHabits {
  readonly enter: Choice<"enter">
  /** A screen keyboard has no other way to make a new line. */
  readonly isTouch: boolean
}

type EnterKey = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">

/** Whether this key sends the message. */
export function sends(event: EnterKey, { enter, isTouch }: EnterHabits): boolean {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false
  return event.ctrlKey || event.metaKey || (enter === "send" && !isTouch)
}
