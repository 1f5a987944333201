// Questions to a person, one after the other, over one reading of the input: what was typed ahead is the
// answer to the next one.

import type { Readable, Writable } from "node:stream"
import { ClientFailure } from "./gw/failure.ts"
import { createLineReader } from "./line-reader.ts"
import { UsageError } from "./usage-error.ts"

export type Answer<Value> = { readonly value: Value } | { readonly problem: string }

export interface Question<Value> {
  /** Without what Enter alone stands for, which is shown behind it. */
  readonly text: string
  /** What Enter alone stands for; nobody is asked where nobody can be. */
  readonly fallback: string
  /** How the fallback is shown, where that is not what it is. */
  readonly shown?: string
  /** What is typed is a secret. */
  readonly hidden?: boolean
  read(text: string): Answer<Value> | Promise<Answer<Value>>
}

export interface Prompts {
  /** Somebody is there to be asked. */
  readonly canAsk: boolean
  say(line: string): void
  /**
   * The answer: `given` on the command line, else what the person types, else the fallback. A person is
   * asked again until the answer can be used. Rejects with a UsageError for a given one that cannot, and
   * with a ClientFailure when `signal` aborts or the input ends.
   */
  answer<Value>(question: Question<Value>, given?: string): Promise<Value>
  close(): void
}

export interface PromptsOptions {
  /** Missing where nobody shall be asked. */
  readonly input?: Readable
  readonly output: Writable
  readonly signal: AbortSignal
  /** Ctrl-C where the terminal makes no signal of it; makes `signal` abort. */
  readonly interrupt: () => void
}

export function createPrompts(options: PromptsOptions): Prompts {
  const { input, interrupt, output, signal } = options
  // It reads at once: a line that comes before the first question is kept as well.
  const lines = input === undefined ? undefined : createLineReader({ input, output, interrupt })
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  })
  // It is raced with what waits, and must not count as unhandled when nothing does.
  aborted.catch(() => undefined)

  async function ask({ fallback, hidden, shown, text }: Question<unknown>): Promise<string> {
    output.write(`${text} [${shown ?? fallback}] `)
    const line = await Promise.race([lines?.next({ hidden: hidden === true }), aborted])
    if (line === undefined) {
      throw new ClientFailure("interrupted", "\nThe input ended before the last question.")
    }
    return line.trim() === "" ? fallback : line.trim()
  }

  return {
    canAsk: lines !== undefined,
    say: (line) => void output.write(`${line}\n`),
    async answer(question, given) {
      if (given !== undefined || lines === undefined) {
        const answer = await question.read(given ?? question.fallback)
        if ("value" in answer) return answer.value
        throw new UsageError(answer.problem)
      }
      for (;;) {
        const answer = await question.read(await ask(question))
        if ("value" in answer) return answer.value
        output.write(`  ${answer.problem}\n`)
      }
    },
    close: () => lines?.close(),
  }
}

/** A question that is answered by yes or no. */
export function yesOrNo(text: string, { yes }: { readonly yes: boolean }): Question<boolean> {
  return {
    text,
    fallback: yes ? "yes" : "no",
    shown: yes ? "Y/n" : "y/N",
    read(answer) {
      if (/^y(es)?$/i.test(answer)) return { value: true }
      if (/^no?$/i.test(answer)) return { value: false }
      return { problem: "Please answer yes or no." }
    },
  }
}
