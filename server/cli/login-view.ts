// How a login looks: on a terminal one code that is redrawn in place, elsewhere one block after the other,
// as JSON lines on stderr, or as a picture in a file.

import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import type { Writable } from "node:stream"
import { pathToFileURL } from "node:url"
import type { LoginEvent } from "#protocol"
import { writeFileAtomically } from "../host/atomic-file.ts"
import { toOneLine, wantsColor } from "../host/terminal.ts"
import type { Io } from "./command.ts"
import type { OnLogin } from "./gw/login.ts"
import { toJsonText } from "./output.ts"
import { toShellWord } from "./shell-word.ts"
import { UsageError } from "./usage-error.ts"

export interface LoginViewOptions {
  readonly io: Io
  readonly progress: (line: string | undefined) => void
  readonly isJson: boolean
  /** Absolute path of the picture, which must not exist yet. */
  readonly qrFile?: string
}

export interface LoginView {
  readonly show: OnLogin
  linked(account: { readonly channel: string; readonly self?: string }): void
  /** Takes the picture and the timers away; may be called twice. */
  close(): Promise<void>
}

interface Terminal extends Writable {
  readonly columns: number
  readonly rows: number
}

/** A code that is on the screen. */
interface Shown {
  readonly body: () => readonly string[]
  readonly until: number
}

const UP_AND_CLEAR = (lines: number) => `\u001B[${lines}A\u001B[J`
const CLEAR_ALL = "\u001B[H\u001B[2J"
const SCAN =
  "On your phone: WhatsApp > Settings > Linked devices >\nLink a device. Scan the code there."
const TYPE =
  "On your phone: WhatsApp > Settings > Linked devices > Link a device >\nLink with phone number instead. Type this code there:"

export async function createLoginView(options: LoginViewOptions): Promise<LoginView> {
  const { io, isJson, progress, qrFile } = options
  if (qrFile !== undefined) await createPicture(qrFile)
  // What it draws with is loaded only for a login.
  const { drawQr, toSvg } = await import("./qr.ts")
  const { stdout } = io
  const color = wantsColor(stdout, io.environment)
  const terminal = isTerminal(stdout) ? stdout : undefined
  const screen = color && !isJson && terminal !== undefined ? createScreen(terminal) : undefined
  let introduced = false
  let writing: Promise<void> = Promise.resolve()

  function introduce(text: string): void {
    if (!introduced) stdout.write(`${text}\n\n`)
    introduced = true
  }

  function showCode({ code, qr }: LoginEvent, leftMs: number): void {
    progress(undefined)
    if (qr !== undefined && qrFile !== undefined) {
      writePicture(qr, qrFile)
      return
    }
    introduce(qr === undefined ? TYPE : SCAN)
    const until = performance.now() + leftMs
    const body = () => {
      if (qr === undefined) return ["", `    ${toPairs(code ?? "")}`, ""]
      const drawn = drawQr(qr, { color })
      const problem = terminal && findTooSmall(terminal, drawn.columns, drawn.lines.length)
      return problem ?? drawn.lines
    }
    if (screen !== undefined) screen.show({ body, until })
    else stdout.write(`${[...body(), describeLeft(leftMs)].join("\n")}\n\n`)
  }

  function writePicture(qr: string, path: string): void {
    const isFirst = !introduced
    introduced = true
    writing = writing.then(async () => {
      const problem = await tryToWrite(path, toSvg(qr))
      if (problem !== undefined) io.stderr.write(`${problem}\n`)
      if (problem !== undefined || isJson) return
      stdout.write(
        isFirst
          ? `The QR code is in ${pathToFileURL(path)}\nOpen it in a browser. ${SCAN}\n`
          : "A new code is there: reload the picture.\n",
      )
    })
  }

  return {
    show(event, leftMs) {
      if (isJson) io.stderr.write(`${toJsonText(event)}\n`)
      // In JSON nothing but steps goes to stderr, so that what the connection announced is taken back.
      if (event.state === "preparing") progress(isJson ? undefined : "waiting for a code …")
      if (isJson && qrFile === undefined) return
      if (event.state === "code") showCode(event, leftMs ?? 0)
      if (event.state !== "linking") return
      progress(undefined)
      screen?.end()
      if (!isJson) stdout.write("linking … keep the phone open\n")
    },
    linked({ channel, self }) {
      const as = self === undefined ? "" : ` as ${toOneLine(self)}`
      stdout.write(
        `Linked${as}. Messages you send to yourself are answered.\nLet others in with: clawdis allow ${toShellWord(channel)} <number>\n`,
      )
    },
    async close() {
      screen?.end()
      await writing
      if (qrFile !== undefined) await rm(qrFile, { force: true })
    },
  }
}

/** Fails before a code is asked for that could not be shown. */
async function createPicture(path: string): Promise<void> {
  if (existsSync(path)) {
    throw new UsageError(`--qr-file: ${path} exists already; name a file that does not.`)
  }
  const problem = await tryToWrite(path, "")
  if (problem !== undefined) throw new UsageError(`--qr-file: ${problem}`)
}

/** What is wrong, as a sentence; undefined if nothing is. */
async function tryToWrite(path: string, text: string): Promise<string | undefined> {
  try {
    await writeFileAtomically(path, text)
    return undefined
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ENOENT") return `${path} cannot be written: its folder does not exist.`
    return `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The code, and below it how long it is good for, redrawn where they stand. */
function createScreen(terminal: Terminal) {
  let shown: Shown | undefined
  let drawn = 0
  const timer = setInterval(tick, 1_000)
  terminal.on("resize", resized)

  function redraw(): void {
    if (shown === undefined) return
    const lines = [...shown.body(), describeLeft(shown.until - performance.now())]
    terminal.write(`${drawn === 0 ? "" : UP_AND_CLEAR(drawn)}${lines.join("\n")}\n`)
    drawn = lines.length
  }

  /** Nobody knows how the terminal has broken the lines anew. */
  function resized(): void {
    if (drawn > 0) terminal.write(CLEAR_ALL)
    drawn = 0
    redraw()
  }

  function tick(): void {
    if (shown === undefined) return
    terminal.write(`${UP_AND_CLEAR(1)}${describeLeft(shown.until - performance.now())}\n`)
  }

  return {
    show(code: Shown): void {
      shown = code
      redraw()
    },
    /** Takes the code off the screen: it is a credential. */
    end(): void {
      if (drawn > 0) terminal.write(UP_AND_CLEAR(drawn))
      shown = undefined
      drawn = 0
      clearInterval(timer)
      terminal.off("resize", resized)
    },
  }
}

function isTerminal(stream: Writable): stream is Terminal {
  return "isTTY" in stream && stream.isTTY === true && "columns" in stream && "rows" in stream
}

/** What to show in place of a code that would wrap or scroll, and so be broken. */
function findTooSmall(
  { columns, rows }: Terminal,
  neededColumns: number,
  lines: number,
): readonly string[] | undefined {
  // One line says how long the code is good for, and the cursor stands in another.
  const neededRows = lines + 2
  if (columns >= neededColumns && rows >= neededRows) return undefined
  return [
    `The QR code needs ${neededColumns} columns and ${neededRows} rows; this terminal has`,
    `${columns} and ${rows}. Make it larger or its letters smaller, or press Ctrl-C and use`,
    "  clawdis login --code --phone <your number>   a code to type in place of it",
    "  clawdis login --qr-file link.svg             a picture for a browser",
  ]
}

function describeLeft(leftMs: number): string {
  const seconds = Math.round(leftMs / 1_000)
  if (seconds <= 0) return "waiting for a new code …"
  return `good for ${seconds} s; Ctrl-C cancels`
}

/** `ABCDEFGH` as `ABCD-EFGH`, the way the phone shows it. */
function toPairs(code: string): string {
  const text = toOneLine(code)
  return /^[A-Z0-9]{8}$/i.test(text) ? `${text.slice(0, 4)}-${text.slice(4)}` : text
}
