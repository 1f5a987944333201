import { text } from "../text/index.ts"
import type { LazyLabels } from "../ui/lazy.tsx"

/** What is said of a part of the page that could not be loaded. */
export function partLabels(): LazyLabels {
  const { again, notLoaded } = text.header
  return { failed: notLoaded, reload: text.incompatible.reload, again }
}
