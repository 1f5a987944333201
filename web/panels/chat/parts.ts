// The parts of an answer, whether it is done or still being written.

import type { Part } from "#protocol"
import type { LivePart } from "../../store/live-run.ts"

export type ShownPart = Part | LivePart

export function isOf<T extends ShownPart["type"]>(type: T) {
  return (part: ShownPart): part is Extract<ShownPart, { type: T }> => part.type === type
}
