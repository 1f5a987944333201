import { useRef } from "preact/hooks"

/** The list of the last time while its items are the same ones, so that what is drawn from it can be kept. */
export function useSame<Item>(items: readonly Item[]): readonly Item[] {
  const kept = useRef(items)
  const { current } = kept
  const isSame =
    current.length === items.length && current.every((item, index) => item === items[index])
  if (!isSame) kept.current = items
  return kept.current
}
