// A part of the page's code that comes in a file of its own, after what is seen first.

import type { ComponentType } from "preact"
import { importAgain } from "./import-again.ts"

export interface Part<Props> {
  /** Undefined until it has come: what is drawn with it then is drawn at once from then on. */
  loaded(): ComponentType<Props> | undefined
  /** Rejects when it cannot be fetched now; the next one who asks tries again. */
  load(): Promise<ComponentType<Props>>
}

/** `load` must be nothing but the import of one file, and `pick` says what of it is drawn. */
export function createPart<Props, Loaded>(
  load: () => Promise<Loaded>,
  pick: (file: Loaded) => ComponentType<Props>,
): Part<Props> {
  // Code, and not what it shows: whoever asks twice would be given the same file.
  let part: ComponentType<Props> | undefined
  return {
    loaded: () => part,
    async load() {
      part ??= pick(await importAgain(load))
      return part
    },
  }
}
