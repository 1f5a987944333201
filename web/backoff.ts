// How long to wait before the next attempt to connect: full jitter, so that many pages do not return at once.

const FIRST_MS = 500
const CEILING_VISIBLE_MS = 2_000
const CEILING_HIDDEN_MS = 15_000

export interface BackoffOptions {
  /** Attempts that failed in a row, the last one included. */
  readonly failures: number
  readonly visible: boolean
  /** A number from 0 to 1. */
  readonly random: () => number
}

export function backoffMs({ failures, visible, random }: BackoffOptions): number {
  const ceiling = visible ? CEILING_VISIBLE_MS : CEILING_HIDDEN_MS
  const reach = Math.min(ceiling, FIRST_MS * 2 ** Math.min(failures, 10))
  return Math.round(FIRST_MS + random() * (reach - FIRST_MS))
}
