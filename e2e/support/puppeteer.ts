// Holds the strings of the puppet agent: a test takes each turn of the real gateway's agent and plays it.

import { createServer, type ServerResponse } from "node:http"
import { join } from "node:path"

export type PuppetLine =
  | { readonly say: string }
  | { readonly think: string }
  | {
      readonly tool: string
      readonly title: string
      readonly status: "pending" | "completed" | "failed"
      readonly output?: string
    }
  /** Asks for permission, and says the option that was taken. */
  | {
      readonly ask: string
      readonly title: string
      readonly input?: unknown
      readonly kinds?: readonly ("allow_once" | "allow_always" | "reject_once")[]
    }
  /** The agent ends at once, with this as its last words. */
  | { readonly crash: string }

export interface PuppetTurn {
  readonly prompt: string
  play(line: PuppetLine): void
  say(text: string): void
  end(): void
  crash(lastWords: string): void
  /** Says the whole answer and ends the turn. */
  answer(text: string): void
  /** Resolves when the agent is gone or has given up on the turn. */
  readonly dropped: Promise<void>
}

export interface Puppeteer {
  /** What stands under `agent` in the gateway's configuration. */
  readonly config: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string>>
  /** The next turn that the gateway starts, in order. */
  nextTurn(): Promise<PuppetTurn>
  /** Prompts of all turns so far. */
  readonly prompts: readonly string[]
  /** From now on every turn is answered so, at once. */
  answerAll(answer: (prompt: string) => string): void
  close(): Promise<void>
}

export async function createPuppeteer(): Promise<Puppeteer> {
  const prompts: string[] = []
  const turns: PuppetTurn[] = []
  const waiting: ((turn: PuppetTurn) => void)[] = []
  let always: ((prompt: string) => string) | undefined

  const server = createServer(async (request, response) => {
    let prompt = ""
    for await (const chunk of request) prompt += chunk
    prompts.push(prompt)
    const turn = toTurn(prompt, response)
    response.flushHeaders()
    const next = waiting.shift()
    if (always !== undefined) turn.answer(always(prompt))
    else if (next !== undefined) next(turn)
    else turns.push(turn)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the puppeteer has no port")

  return {
    config: {
      engine: "acp",
      command: [process.execPath, join(import.meta.dirname, "puppet-agent.ts")],
      env: ["PUPPETEER"],
    },
    environment: { PUPPETEER: `http://127.0.0.1:${address.port}/` },
    prompts,
    nextTurn: () => {
      const turn = turns.shift()
      return turn === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(turn)
    },
    answerAll(answer) {
      always = answer
      for (const turn of turns.splice(0)) turn.answer(answer(turn.prompt))
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function toTurn(prompt: string, response: ServerResponse): PuppetTurn {
  const play = (line: PuppetLine) => void response.write(`${JSON.stringify(line)}\n`)
  return {
    prompt,
    play,
    say: (text) => play({ say: text }),
    end: () => void response.end(),
    crash: (lastWords) => play({ crash: lastWords }),
    answer(text) {
      play({ say: text })
      response.end()
    },
    dropped: new Promise((resolve) => response.on("close", resolve)),
  }
}
