// Hears what gateways send, from whatever a test listens with, and judges it when the test is over: a test
// may count milliseconds.

import { createFrameJudge, type FrameJudge } from "./frame-judge.ts"

export interface FrameEar {
  /** One socket. */
  connection(): Connection
  /** What is wrong with the frames since the last time that this was asked. */
  takeProblems(): string[]
}

export interface Connection {
  fromGateway(text: string): void
  fromClient(text: string): void
}

/** A longer text is judged once, however many clients get it: to each it differs in its number only. */
const LONG = 1_000

export function createFrameEar(): FrameEar {
  // Made with the first frame: most tests see none.
  let judge: FrameJudge | undefined
  let heard: { readonly text: string; readonly asked: Asked }[] = []
  return {
    connection() {
      const asked: Asked = new Map()
      return {
        fromGateway: (text) => void heard.push({ text, asked }),
        fromClient: (text) => noteRequest(asked, text),
      }
    },
    takeProblems() {
      const taken = heard
      heard = []
      const seen = new Set<string>()
      return taken.flatMap(({ text, asked }) => {
        const same = text.length < LONG ? text : text.replace(/"seq":[1-9][0-9]*/, '"seq":1')
        if (seen.has(same)) return []
        seen.add(same)
        judge ??= createFrameJudge()
        const problem = judge.problemOf(text, (id) => [...(asked.get(id) ?? [])])
        return problem === undefined ? [] : [`${problem} in ${text.slice(0, LONG)}`]
      })
    },
  }
}

/** The methods that were asked for under each id. */
type Asked = Map<string, Set<string>>

function noteRequest(asked: Asked, text: string): void {
  const [, id, method] = /^\{"type":"req","id":"([^"\\]+)","method":"([a-z.-]+)"/.exec(text) ?? []
  if (id === undefined || method === undefined) return
  asked.set(id, (asked.get(id) ?? new Set()).add(method))
}
