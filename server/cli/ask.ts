import { createInterface } from "node:readline/promises"
import type { Readable, Writable } from "node:stream"
import { ClientFailure } from "./gw/failure.ts"

export interface AskOptions {
  readonly input: Readable
  readonly output: Writable
  readonly signal: AbortSignal
}

/** Whether a person says yes. Enter alone, or the end of the input, is a no; Ctrl-C is a failure. */
export async function ask(question: string, { input, output, signal }: AskOptions) {
  const terminal = createInterface({ input, output, terminal: false })
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")))
  try {
    const answer = await Promise.race([terminal.question(question, { signal }), closed])
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    throw new ClientFailure("interrupted", "Interrupted.", { cause: error })
  } finally {
    terminal.close()
  }
}
