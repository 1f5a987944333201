// Listens in on the WebSockets of this process, whoever opened them, and judges what gateways send.

import { WebSocket } from "ws"
import { createFrameJudge, type FrameJudge } from "./frame-judge.ts"

/** Gateways in this process are heard where they send, others where a client in it receives. */
export type HeardAt = "gateway" | "client"

export interface SocketTap {
  /** What is wrong with the frames since the last time that this was asked. */
  takeProblems(): string[]
}

/** A longer text is judged once, however many clients get it: to each it differs in its number only. */
const LONG = 1_000

/** One for each process, for good: it replaces two methods of every socket. */
export function tapSockets(heardAt: HeardAt): SocketTap {
  // Judged when the test is over: a test may count milliseconds.
  let heard: { readonly text: string; readonly asked: Asked }[] = []
  let judge: FrameJudge | undefined
  const asked = new WeakMap<WebSocket, Asked>()

  function hear(socket: WebSocket, text: string, isFromGateway: boolean): void {
    const ids: Asked = asked.get(socket) ?? new Map()
    asked.set(socket, ids)
    if (isFromGateway) heard.push({ text, asked: ids })
    else noteRequest(ids, text)
  }

  const { emit, send } = WebSocket.prototype
  WebSocket.prototype.emit = function (this: WebSocket, name: string, ...words: unknown[]) {
    const [data, isBinary] = words
    if (name === "message" && isBinary === false && isClient(this) === (heardAt === "client")) {
      hear(this, String(data), heardAt === "client")
    }
    return emit.call(this, name, ...words)
  }
  WebSocket.prototype.send = function (this: WebSocket, ...words: Parameters<typeof send>) {
    const [data] = words
    if (typeof data === "string" && isClient(this) === (heardAt === "client")) {
      hear(this, data, heardAt === "gateway")
    }
    send.apply(this, words)
  } as typeof send

  return {
    takeProblems() {
      const taken = heard
      heard = []
      const seen = new Set<string>()
      return taken.flatMap(({ text, asked }) => {
        const same = text.length < LONG ? text : text.replace(/"seq":[1-9][0-9]*/, '"seq":1')
        if (seen.has(same)) return []
        seen.add(same)
        // Made with the first frame: most tests see none.
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

/** A socket that was accepted has no address. */
function isClient({ url }: WebSocket): boolean {
  return typeof url === "string" && url !== ""
}
