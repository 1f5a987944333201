// A client by somebody else: of this program it has the published schema, and of others `ws` and a validator.
// What it sends and gets is valid, or it fails.

import { Ajv2020 } from "ajv/dist/2020.js"
import { WebSocket } from "ws"

export interface ForeignFrame {
  readonly type: string
  readonly id?: string
  readonly ok?: boolean
  readonly event?: string
  // biome-ignore lint/suspicious/noExplicitAny: it knows the shapes from the schema, not as types.
  readonly payload?: any
  readonly error?: { readonly code: string; readonly details?: Readonly<Record<string, unknown>> }
  readonly seq?: number
}

export interface ForeignClient {
  readonly helloOk: ForeignFrame
  /** All that came, the oldest first, but for what it was told to lose. */
  readonly frames: readonly ForeignFrame[]
  readonly events: readonly ForeignFrame[]
  /** How many events it has missed, by their numbers. */
  readonly lost: number
  /** Every answer to one request; `isLast` says when there is no other to come. */
  ask(
    method: string,
    params?: object,
    isLast?: (frame: ForeignFrame) => boolean,
  ): Promise<readonly ForeignFrame[]>
  /** The next event that fits is not seen; resolves with it. */
  lose(fits: (frame: ForeignFrame) => boolean): Promise<ForeignFrame>
  /** Resolves once such a frame is there. */
  until(fits: (frame: ForeignFrame) => boolean): Promise<ForeignFrame>
  /** Gone, without a word. */
  cut(): void
}

export interface ForeignOptions {
  readonly url: string
  /** The text of the schema's file. */
  readonly schema: string
  readonly kind?: "text" | "binary"
  readonly caps?: readonly string[]
}

export async function connectForeignClient(options: ForeignOptions): Promise<ForeignClient> {
  const { caps, kind = "text", schema, url } = options
  const ajv = new Ajv2020({ strict: false })
  ajv.addSchema(JSON.parse(schema), "schema")
  // Compiled before the connection is there: hello has a deadline.
  ajv.getSchema("schema")
  const socket = new WebSocket(url)
  const frames: ForeignFrame[] = []
  const watchers = new Set<() => void>()
  const failed = Promise.withResolvers<never>()
  // Whoever waits hears of it; if nobody does, the next one who waits will.
  failed.promise.catch(() => undefined)
  let losing:
    | { fits: (frame: ForeignFrame) => boolean; lost: (frame: ForeignFrame) => void }
    | undefined
  let seq = 0
  let lost = 0
  let lastId = 0

  function must(definition: string, value: unknown): void {
    const validate = ajv.getSchema(definition === "" ? "schema" : `schema#/$defs/${definition}`)
    if (validate?.(value) === true) return
    throw new Error(`${definition} ${ajv.errorsText(validate?.errors)}: ${JSON.stringify(value)}`)
  }

  function say(frame: object): void {
    must("", frame)
    const text = JSON.stringify(frame)
    socket.send(kind === "text" ? text : Buffer.from(text))
  }

  function hear(data: unknown, isBinary: boolean): void {
    if (isBinary) throw new Error("the gateway sent a binary message")
    const frame = JSON.parse(String(data)) as ForeignFrame
    must("", frame)
    if (losing?.fits(frame) === true) {
      losing.lost(frame)
      losing = undefined
      return
    }
    if (frame.type === "event") {
      lost += (frame.seq ?? 0) - seq - 1
      seq = frame.seq ?? 0
    }
    frames.push(frame)
    for (const look of [...watchers]) look()
  }

  const until = (fits: (frame: ForeignFrame) => boolean): Promise<ForeignFrame> => {
    const found = Promise.withResolvers<ForeignFrame>()
    const look = () => {
      const frame = frames.find(fits)
      if (frame === undefined) return
      watchers.delete(look)
      found.resolve(frame)
    }
    watchers.add(look)
    look()
    return Promise.race([found.promise, failed.promise])
  }

  socket.on("message", (data, isBinary) => {
    try {
      hear(data, isBinary)
    } catch (error) {
      failed.reject(error)
    }
  })
  socket.on("error", failed.reject)
  socket.on("close", (code) => failed.reject(new Error(`closed ${code}`)))
  socket.on("open", () =>
    say({
      type: "hello",
      minProtocol: 1,
      maxProtocol: 7,
      client: { name: "foreign", version: "2", platform: "macos", mode: "ui", instanceId: "mac-1" },
      ...(caps !== undefined && { caps }),
      fromTheFuture: true,
    }),
  )
  const helloOk = await until(({ type }) => type === "hello-ok")

  return {
    helloOk,
    frames,
    get events() {
      return frames.filter(({ type }) => type === "event")
    },
    get lost() {
      return lost
    },
    async ask(method, params, isLast = () => true) {
      lastId += 1
      const id = `mine-${lastId}`
      say({ type: "req", id, method, ...(params !== undefined && { params }) })
      await until((frame) => frame.id === id && (frame.ok === false || isLast(frame)))
      const answers = frames.filter((frame) => frame.id === id)
      // `chat.history` has its result under `ChatHistoryResult`.
      const words = method.split(/[.-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      const last = answers.at(-1)
      if (last?.ok === true) must(`${words.join("")}Result`, last.payload)
      return answers
    },
    lose: (fits) =>
      new Promise((resolve) => {
        losing = { fits, lost: resolve }
      }),
    until,
    cut: () => socket.terminate(),
  }
}
