// Chance that can be had again: the same seed gives the same numbers.

export interface Chance {
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  shuffled<Item>(items: readonly Item[]): Item[]
}

export function createChance(seed: number): Chance {
  let state = seed >>> 0
  function next(): number {
    // mulberry32: small, and good enough to choose moments with.
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    shuffled: (items) =>
      items
        .map((item) => ({ item, place: next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item),
  }
}
