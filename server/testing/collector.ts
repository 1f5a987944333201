// A stream that keeps what is written to it.

import { Writable } from "node:stream"

export interface Collector extends Writable {
  readonly text: string
}

/** `onText` is told of everything so far. */
export function createCollector(onText: (text: string) => void = () => undefined): Collector {
  let text = ""
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      onText(text)
      done()
    },
  })
  return Object.defineProperty(stream, "text", { get: () => text }) as Collector
}
