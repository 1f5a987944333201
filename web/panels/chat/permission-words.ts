// How a question of the agent ended, in words.

import type { PermissionOption, PermissionRequest } from "#protocol"
import type { Ending } from "../../store/answers.ts"
import { later } from "../../text/later.ts"

function optionOf({ outcome }: Ending, { options }: PermissionRequest) {
  return outcome === "elsewhere" ? undefined : options.find(({ id }) => id === outcome.optionId)
}

function allows({ kind }: PermissionOption): boolean {
  return kind === "allow_once" || kind === "allow_always"
}

export function wasAllowed(ending: Ending, request: PermissionRequest): boolean {
  const option = optionOf(ending, request)
  return option !== undefined && allows(option)
}

/** What was decided, and by whom. Without an option it was refused. */
export function wordsOf(ending: Ending, request: PermissionRequest): string {
  const { outcome, own } = ending
  if (outcome === "elsewhere") return later.permission.elsewhere
  const decided = later.permission.decided[optionOf(ending, request)?.kind ?? "reject_once"]
  return later.permission.by[own ? "you" : outcome.by](decided)
}
