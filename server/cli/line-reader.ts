// Lines that a person types. What is typed ahead is kept for the next one; a hidden one is not shown on a
// terminal, where the keys that mend it are then ours to understand.

import type { Readable, Writable } from "node:stream"
import { StringDecoder } from "node:string_decoder"

export interface LineReader {
  /** The next line without its end; undefined once the input is over. One at a time. */
  next(options?: { readonly hidden?: boolean }): Promise<string | undefined>
  /** The terminal is as it was before; the input is read no further. */
  close(): void
}

export interface LineReaderOptions {
  readonly input: Readable
  readonly output: Writable
  /** Ctrl-C while a hidden line is typed: the terminal makes no signal of it then. */
  readonly interrupt: () => void
}

interface Waiting {
  readonly isHidden: boolean
  readonly resolve: (line: string | undefined) => void
}

/** Nobody types more; what is beyond is left out. */
const MAX_LENGTH = 64 * 1024
const CTRL_C = "\u0003"
const CTRL_D = "\u0004"
const CTRL_U = "\u0015"
/** An arrow or another key that sends several characters, or the frame that some terminals put around a paste. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the Escape that begins them.
const SEQUENCE = /^\u001B(?:\[[0-9;?]*[A-Za-z~]|O[A-Za-z])/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const BEGUN_SEQUENCE = /^\u001B(?:\[[0-9;?]*|O)?$/

export function createLineReader({ input, interrupt, output }: LineReaderOptions): LineReader {
  const terminal = toRawTerminal(input)
  const decoder = new StringDecoder("utf8")
  let rest = ""
  let line = ""
  let ended = false
  let afterReturn = false
  let waiting: Waiting | undefined

  function answer(text: string | undefined): void {
    const { isHidden, resolve } = waiting ?? {}
    waiting = undefined
    line = ""
    if (isHidden) {
      terminal?.setRawMode(false)
      output.write("\n")
    }
    resolve?.(text)
  }

  function take(): void {
    while (waiting !== undefined && rest !== "") {
      if (!waiting.isHidden) {
        const end = /[\r\n]/.exec(rest)?.index
        if (end === undefined) return
        line = rest.slice(0, end)
        rest = rest.slice(end)
      } else if (BEGUN_SEQUENCE.test(rest)) return
      const key = SEQUENCE.exec(rest)?.[0] ?? String.fromCodePoint(rest.codePointAt(0) ?? 0)
      rest = rest.slice(key.length)
      press(key)
    }
  }

  function press(key: string): void {
    // One press of Enter may be two characters.
    const isSecondHalf = key === "\n" && afterReturn
    afterReturn = key === "\r"
    if (isSecondHalf) return
    if (key === CTRL_C) {
      // As where the terminal does it, what was typed behind it is gone.
      rest = ""
      interrupt()
    } else if (key === "\r" || key === "\n") answer(line)
    else if (key === CTRL_D && line === "") answer(undefined)
    else if (key === CTRL_U) line = ""
    else if (key === "\u007F" || key === "\b") line = Array.from(line).slice(0, -1).join("")
    else if (!/^\p{Cc}/u.test(key) && line.length < MAX_LENGTH) line += key
  }

  const onData = (chunk: Buffer | string) => {
    const text = typeof chunk === "string" ? chunk : decoder.write(chunk)
    if (rest.length < MAX_LENGTH) rest += text
    take()
  }
  const onEnd = () => {
    ended = true
    if (waiting === undefined) return
    // A last line may have no end.
    const last = waiting.isHidden ? line : rest
    rest = ""
    answer(last === "" ? undefined : last)
  }
  input.on("data", onData).once("end", onEnd).once("close", onEnd)

  return {
    next: ({ hidden = false } = {}) =>
      new Promise((resolve) => {
        const isHidden = hidden && terminal !== undefined
        waiting = { isHidden, resolve }
        if (isHidden) terminal.setRawMode(true)
        take()
        if (ended) onEnd()
      }),
    close() {
      if (waiting?.isHidden) terminal?.setRawMode(false)
      waiting = undefined
      input.off("data", onData).off("end", onEnd).off("close", onEnd).pause()
    },
  }
}

interface RawTerminal {
  setRawMode(isRaw: boolean): unknown
}

function toRawTerminal(input: Readable): RawTerminal | undefined {
  if (!("isTTY" in input) || input.isTTY !== true || !("setRawMode" in input)) return undefined
  return input as Readable & RawTerminal
}
