// JSON values with something wrong in them, or something unusual: for judges to disagree on. The same seed
// gives the same values.

export type Random = () => number

/** Mulberry32: small, and good enough to choose with. From 0 to 1, without 1. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)] as Item
}

// biome-ignore format: a row of values
const ODD: readonly unknown[] = [
  null, true, false, 0, -0, 1, -1, 1.5, 1e9, 2 ** 53, 2 ** 53 - 1, 1e300, 86_400, 200, 201,
  "", " ", "a", "a\nb", "a\u0000b", "\u200b", "\ufeff", "é", "1", "true", "main", "default", "web:1", "telegram:-100:5",
  "+15550100", "aGk=", "a===", "https://example/", "1970-01-01T00:00:00Z", "ok", "text", "tick", "agent",
  "k".repeat(32), "k".repeat(33), "k".repeat(64), "k".repeat(65), "k".repeat(128), "k".repeat(129),
  "k".repeat(200), "k".repeat(201), "k".repeat(255), "k".repeat(256), "k".repeat(257), "k".repeat(512), "k".repeat(513),
  "k".repeat(8_192), "k".repeat(8_193), "k".repeat(65_537),
  [], [null], ["a"], [""], ["a", "a"], [[]], [{}], Array(8).fill("a"), Array(9).fill("a"), Array(17).fill("a"), Array(65).fill("a"),
  {}, { a: 1 }, { type: "text" }, { length: 1 }, { toString: 1 },
]
const KEYS = ["more", "token", "to", "name", "type", "length", "0", "", "constructor", "__proto__"]

/** A copy of the value with one to three changes somewhere inside it. */
export function mutate(random: Random, value: unknown): unknown {
  const root = { value: JSON.parse(JSON.stringify(value)) as unknown }
  for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) change(random, root)
  return root.value
}

interface Place {
  readonly holder: Record<string, unknown>
  readonly key: string
}

function change(random: Random, root: { value: unknown }): void {
  const { holder, key } = pick(random, placesOf(root))
  const current = holder[key]
  const how = pick(random, ["remove", "replace", "replace", "add", "elsewhere"] as const)
  const odd = () => JSON.parse(JSON.stringify(pick(random, ODD))) as unknown
  if (how === "remove") {
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else if (holder !== root) delete holder[key]
  } else if (how === "elsewhere") {
    // Something that is right in another place.
    holder[key] = JSON.parse(JSON.stringify(valueAt(pick(random, placesOf(root)))))
  } else if (how === "replace" || typeof current !== "object" || current === null) {
    holder[key] = odd()
  } else if (Array.isArray(current)) {
    current.push(random() < 0.5 && current.length > 0 ? current[0] : odd())
  } else {
    // Assigned, `__proto__` would be no key of it.
    const how = { value: odd(), enumerable: true, configurable: true, writable: true }
    Object.defineProperty(current, pick(random, KEYS), how)
  }
}

function valueAt({ holder, key }: Place): unknown {
  return holder[key]
}

function placesOf(holder: object): Place[] {
  const places: Place[] = []
  const collect = (within: object) => {
    for (const [key, item] of Object.entries(within)) {
      places.push({ holder: within as Record<string, unknown>, key })
      if (typeof item === "object" && item !== null) collect(item)
    }
  }
  collect(holder)
  return places
}
