// The log's file: appended to, rotated by size, and never a reason for the gateway to stop. While it
// cannot be written its lines are dropped, and it is tried again once a minute.

import { fstatSync, openSync, renameSync } from "node:fs"
import { dirname } from "node:path"
import sonicBoom from "sonic-boom"
import type { Clock } from "./clock.ts"
import { makeFolder } from "./make-folder.ts"
import { reasonOf } from "./paths.ts"

const { SonicBoom } = sonicBoom
type SonicBoom = InstanceType<typeof SonicBoom>

export interface LogFile {
  /** One line, with its newline. */
  write(line: string): void
  /** Opens the path again, for those who rotate from outside. */
  reopen(): void
  /** Returns when everything written so far is with the system. */
  flush(): void
}

export interface LogFileOptions {
  readonly path: string
  readonly maxBytes: number
  /** How many rotated files stay: `.1` is the newest. */
  readonly keep: number
  readonly clock: Clock
  /** Called once when the file fails and once when it works again. */
  readonly report: (problem: string | undefined) => void
}

const RETRY_MS = 60_000

type State =
  | { readonly at: "open"; readonly stream: SonicBoom; bytes: number }
  | { readonly at: "failed"; readonly retryAt: number }

export function openLogFile(options: LogFileOptions): LogFile {
  const { path, maxBytes, keep, clock, report } = options
  let state: State = { at: "failed", retryAt: 0 }
  let reported = false

  function fail(error: unknown): void {
    if (state.at === "open") state.stream.destroy()
    state = { at: "failed", retryAt: clock.monotonic() + RETRY_MS }
    if (!reported) report(`the log file ${path} cannot be written: ${reasonOf(error)}`)
    reported = true
  }

  function open(): void {
    try {
      makeFolder(dirname(path), 0o700)
      const fd = openSync(path, "a", 0o600)
      // Synchronous, so that lines keep their order and the last ones before a crash are there.
      const stream = new SonicBoom({ fd, sync: true })
      stream.on("error", (error) => {
        if (state.at === "open" && state.stream === stream) fail(error)
      })
      stream.on("write", recovered)
      state = { at: "open", stream, bytes: fstatSync(fd).size }
    } catch (error) {
      fail(error)
    }
  }

  /** Only a write that went through proves that the disk has room again. */
  function recovered(): void {
    if (!reported) return
    reported = false
    report(undefined)
  }

  function close(): void {
    if (state.at !== "open") return
    flush(state.stream)
    if (state.at === "open") state.stream.end()
  }

  function flush(stream: SonicBoom): void {
    try {
      stream.flushSync()
    } catch (error) {
      fail(error)
    }
  }

  function rotate(): void {
    close()
    try {
      for (let age = keep - 1; age >= 1; age -= 1)
        renameIfThere(`${path}.${age}`, `${path}.${age + 1}`)
      if (keep > 0) renameIfThere(path, `${path}.1`)
    } catch (error) {
      state = { at: "failed", retryAt: 0 }
      fail(error)
      return
    }
    open()
  }

  open()
  return {
    write(line) {
      if (state.at === "failed") {
        if (clock.monotonic() < state.retryAt) return
        open()
      }
      if (state.at === "open" && state.bytes > 0 && state.bytes + line.length > maxBytes) rotate()
      if (state.at !== "open") return
      state.bytes += Buffer.byteLength(line)
      state.stream.write(line)
    },
    reopen() {
      close()
      open()
    },
    flush() {
      if (state.at === "open") flush(state.stream)
    },
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
  }
}
