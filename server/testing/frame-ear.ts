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
/** So many frames are judged at once in the middle of a test, which would else keep them all in memory. */
const MAX_HEARD = 2_000

export function createFrameEar(): FrameEar {
  // Made with the first frame: most tests see none.
  let judge: FrameJudge | undefined
  let heard: { readonly text: string; readonly asked: Asked }[] = []
  let problems: string[] = []

  function hear(text: string, asked: Asked): void {
    heard.push({ text, asked })
    if (heard.length >= MAX_HEARD) judgeHeard()
  }

  function judgeHeard(): void {
    const taken = heard
    heard = []
    const seen = new Set<string>()
    for (const { asked, text } of taken) {
      const same = text.length < LONG ? text : text.replace(/"seq":[1-9][0-9]*/, '"seq":1')
      if (seen.has(same)) continue
      seen.add(same)
      judge ??= createFrameJudge()
      const problem = judge.problemOf(text, (id) => [...(asked.get(id) ?? [])])
      if (problem !== undefined) problems.push(`${problem} in ${text.slice(0, LONG)}`)
    }
  }

  return {
    connection() {
      const asked: Asked = new Map()
      return {
        fromGateway: (text) => hear(text, asked),
        fromClient: (text) => noteRequest(asked, text),
      }
    },
    takeProblems() {
      judgeHeard()
      const taken = problems
      problems = []
      return taken
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
