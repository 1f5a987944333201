// Listens in on every WebSocket of this process, whoever opened it: what gateways here send, and what
// gateways elsewhere sent to a client here. Frames are judged, the words of messages are noted.

import { WebSocket } from "ws"
import { createFrameJudge, type FrameJudge } from "./frame-judge.ts"

export interface SocketTap {
  /** What was wrong with frames since the last time that this was asked. */
  takeProblems(): string[]
}

/** One for each process, for good: it replaces two methods of every socket. */
export function tapSockets(): SocketTap {
  // Made with the first frame: most tests see none.
  let judge: FrameJudge | undefined
  let problems: string[] = []
  const asked = new WeakMap<WebSocket, Map<string, Set<string>>>()

  function check(socket: WebSocket, text: string): void {
    judge ??= createFrameJudge()
    const problem = judge.problemOf(text, (id) => [...(asked.get(socket)?.get(id) ?? [])])
    if (problem !== undefined) problems.push(`${problem} in ${text.slice(0, 1_000)}`)
  }

  function noteRequest(socket: WebSocket, text: string): void {
    const [, id, method] = /^\{"type":"req","id":"([^"\\]+)","method":"([a-z.-]+)"/.exec(text) ?? []
    if (id === undefined || method === undefined) return
    const ids = asked.get(socket) ?? new Map<string, Set<string>>()
    asked.set(socket, ids.set(id, (ids.get(id) ?? new Set()).add(method)))
  }

  const { emit, send } = WebSocket.prototype
  WebSocket.prototype.emit = function (this: WebSocket, name: string, ...words: unknown[]) {
    const [data, isBinary] = words
    if (name === "message" && isBinary === false) {
      if (isClient(this)) check(this, String(data))
      else noteRequest(this, String(data))
    }
    return emit.call(this, name, ...words)
  }
  WebSocket.prototype.send = function (this: WebSocket, ...words: Parameters<typeof send>) {
    const [data] = words
    if (typeof data === "string") {
      if (isClient(this)) noteRequest(this, data)
      else check(this, data)
    }
    send.apply(this, words)
  } as typeof send

  return {
    takeProblems() {
      const taken = problems
      problems = []
      return taken
    },
  }
}

/** A socket that was accepted has no address. */
function isClient({ url }: WebSocket): boolean {
  return typeof url === "string" && url !== ""
}
