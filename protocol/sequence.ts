// Counts lost events: `seq` of a connection grows by one per event, so a jump is a loss (rule E1).

export interface SequenceCounter {
  /** How many events were lost before this one. */
  see(seq: number): number
  /** Start anew, as at each hello-ok. */
  reset(): void
}

export function createSequenceCounter(): SequenceCounter {
  let last = 0
  return {
    see(seq) {
      const lost = Math.max(0, seq - last - 1)
      last = Math.max(last, seq)
      return lost
    },
    reset() {
      last = 0
    },
  }
}
