// Whether an Enter was meant as one. An input method's own Enter confirms a word; Safari sends it
// after the composition has ended, within the same moment.

export interface EnterGuard {
  compositionEnded(atMs: number): void
  isReal(event: { isComposing: boolean; keyCode: number; timeStamp: number }): boolean
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
