// The engine that answers until somebody connects a model: in process, without a key or a network. It says
// plainly what it is.

import { abortError, type Engine, type EngineParts } from "../engine.ts"
import { createAnswering } from "./answering.ts"
import { answer, type Knowledge } from "./answers.ts"
import { createDocuments } from "./documents.ts"
import { readEnvelope } from "./envelope.ts"
import { findAgents, probeLoopback } from "./find-agents.ts"

export interface BuiltinParts extends EngineParts {
  /** The ids of the engines that `agent.engine` may name. */
  readonly engines: readonly string[]
  /** Whether something listens on this port of the loopback interface. */
  readonly probe?: (port: number) => Promise<boolean>
}

export function createBuiltinEngine(parts: BuiltinParts): Engine {
  const { clock, settings, timings, tools } = parts
  const probe = parts.probe ?? probeLoopback
  const path = parts.environment["PATH"] ?? ""
  const knowledge: Knowledge = {
    documents: createDocuments(parts.documents, parts.log.area("builtin")),
    engines: parts.engines,
    findAgents: () => findAgents({ path, cwd: settings.cwd, probe }),
  }

  return {
    id: "builtin",
    health: () => ({ engine: "builtin", state: "ready" }),
    async run(turn, { emit, signal }) {
      if (signal.aborted) throw abortError(signal)
      const files = turn.resources.map(({ name }) => name)
      const words = readEnvelope(turn.prompt)
      const question = files.length === 0 ? words : words.replace(PLACEHOLDER, "").trim()
      const { deltaPauseMs } = timings
      const answering = createAnswering({
        question,
        emit,
        signal,
        tools,
        caller: turn,
        clock,
        deltaPauseMs,
      })
      if (files.length > 0) await answering.say(mention(files))
      if (files.length === 0 || question !== "") await answer(answering, knowledge)
      if (signal.aborted) throw abortError(signal)
    },
    async stop() {
      return
    },
  }
}

/** What channels write in place of words that a file came without, such as "(voice note)". */
const PLACEHOLDER = /^\([a-z ]+\)$/gm

function mention(files: readonly string[]): string {
  const names = files.map((name) => `\`${name}\``).join(", ")
  return `I have kept ${names}, but I cannot look into files: that takes a language model.`
}
