// One WebSocket of a client: the handshake, then encrypted binary nodes, one after the other.

import {
  type BinaryNode,
  decodeBinaryNode,
  encodeBinaryNode,
  type proto,
} from "@whiskeysockets/baileys"
import type { RawData, WebSocket } from "ws"
import { createFrameReader, toFrame } from "./frames.ts"
import { element } from "./nodes.ts"
import {
  createNoiseResponder,
  type NoiseResponderParts,
  type Transport,
} from "./noise-responder.ts"

/** A deaf connection answers queries and delivers nothing; a frozen one swallows everything both ways. */
export type Behaviour = "normal" | "deaf" | "frozen"

export type Login = {
  readonly payload: proto.IClientPayload
  readonly clientStatic: Uint8Array
}

export type ConnectionParts = {
  readonly socket: WebSocket
  readonly noise: NoiseResponderParts
  readonly behaviour: Behaviour
  readonly onLogin: (connection: Connection, login: Login) => void
  readonly onNode: (connection: Connection, node: BinaryNode) => Promise<void>
  readonly onClose: (connection: Connection, reason: string) => void
}

type State =
  | { readonly at: "awaiting-hello" }
  | { readonly at: "awaiting-finish" }
  | { readonly at: "open"; readonly transport: Transport }
  | { readonly at: "closed" }

const HEARD_WHEN_DEAF = new Set(["iq", "success", "failure", "stream:error"])

export type Connection = ReturnType<typeof createConnection>

export function createConnection(parts: ConnectionParts) {
  const { socket, onLogin, onNode, onClose } = parts
  const noise = createNoiseResponder(parts.noise)
  const reader = createFrameReader()
  let state: State = { at: "awaiting-hello" }
  let work = Promise.resolve()

  const connection = {
    behaviour: parts.behaviour,

    /** Into the void when the connection is closed, as on a real network. */
    send(node: BinaryNode): void {
      if (state.at !== "open" || connection.behaviour === "frozen") return
      if (connection.behaviour === "deaf" && !HEARD_WHEN_DEAF.has(node.tag)) return
      socket.send(toFrame(state.transport.seal(encodeBinaryNode(node))))
    },

    /** Says why, then ends the stream as the service does. */
    refuse(node: BinaryNode): void {
      connection.send(node)
      connection.send(element("xmlstreamend"))
      leave(`refused: ${node.tag}`)
      socket.close()
    },

    close(code?: number): void {
      leave("closed by the lab")
      socket.close(code)
    },

    terminate: () => end("terminated by the lab"),
  }

  function take(frame: Buffer): void {
    // An open transport counts its frames even when it swallows them.
    if (connection.behaviour === "frozen" && state.at !== "open") return
    switch (state.at) {
      case "awaiting-hello":
        state = { at: "awaiting-finish" }
        socket.send(toFrame(noise.answerHello(frame)))
        break
      case "awaiting-finish": {
        const { transport, ...login } = noise.finish(frame)
        state = { at: "open", transport }
        onLogin(connection, login)
        break
      }
      case "open": {
        const bytes = state.transport.open(frame)
        work = work.then(() => handle(bytes))
        break
      }
      case "closed":
        break
    }
  }

  async function handle(bytes: Buffer): Promise<void> {
    if (connection.behaviour === "frozen" || state.at !== "open") return
    try {
      await onNode(connection, await decodeBinaryNode(bytes))
    } catch (error) {
      end(`The lab could not handle a node: ${error instanceof Error ? error.stack : error}`)
    }
  }

  function end(reason: string): void {
    leave(reason)
    socket.terminate()
  }

  function leave(reason: string): void {
    if (state.at === "closed") return
    state = { at: "closed" }
    onClose(connection, reason)
  }

  socket.on("message", (data: RawData) => {
    try {
      for (const frame of reader.push(data as Buffer)) take(frame)
    } catch (error) {
      end(`The client broke the protocol: ${error instanceof Error ? error.message : error}`)
    }
  })
  socket.on("error", (error) => end(error.message))
  socket.on("close", (code: number) => end(`closed with ${code}`))
  return connection
}
