// An engine in whose place another one can be put while it works: turns that have begun end on the one
// that they began on.

import type { Logger } from "../host/logger.ts"
import type { Engine } from "./engine.ts"

export interface ReplaceableEngine extends Engine {
  /** Turns from now on go to what this gives. If it gives nothing, the one before stays. */
  replace(create: () => Promise<Engine>): Promise<void>
}

interface ReplaceableEngineOptions {
  /** How long an engine that was replaced may take to end. */
  readonly graceMs: number
  readonly log: Logger
  /** Its health is another engine's now. */
  readonly changed: () => void
}

interface Used {
  readonly engine: Engine
  turns: number
  replaced: boolean
}

export function createReplaceableEngine(
  first: Engine,
  { changed, graceMs, log }: ReplaceableEngineOptions,
): ReplaceableEngine {
  let current: Used = { engine: first, turns: 0, replaced: false }
  /** Replaced, with turns that are not over. */
  const leaving = new Set<Used>()
  const ending = new Set<Promise<void>>()
  /** One after the other: the last wish counts. */
  let replacing: Promise<void> = Promise.resolve()
  let stopped = false

  function endIfDone(used: Used): void {
    if (!used.replaced) return
    if (used.turns > 0) {
      leaving.add(used)
      return
    }
    leaving.delete(used)
    const end: Promise<void> = used.engine
      .stop(graceMs)
      .catch((error: unknown) => log.warn("an engine that was replaced did not end", { error }))
      .finally(() => ending.delete(end))
    ending.add(end)
  }

  async function put(create: () => Promise<Engine>): Promise<void> {
    if (stopped) return
    let engine: Engine
    try {
      engine = await create()
    } catch (error) {
      log.error("the new engine does not start; the one before goes on", { error })
      return
    }
    const before = current
    current = { engine, turns: 0, replaced: false }
    before.replaced = true
    endIfDone(before)
    changed()
    if (stopped) {
      current.replaced = true
      endIfDone(current)
    }
  }

  return {
    get id() {
      return current.engine.id
    },
    health: () => current.engine.health(),
    async run(turn, options) {
      const used = current
      used.turns += 1
      try {
        await used.engine.run(turn, options)
      } finally {
        used.turns -= 1
        endIfDone(used)
      }
    },
    replace(create) {
      replacing = replacing.then(() => put(create))
      return replacing
    },
    async stop(grace) {
      stopped = true
      await replacing
      // A turn that does not listen is ended with its engine, whichever that is.
      const engines = [current, ...leaving].map(({ engine }) => engine)
      await Promise.all([...engines.map((engine) => engine.stop(grace)), ...ending])
    },
  }
}
