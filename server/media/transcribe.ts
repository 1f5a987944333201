// What is said in a voice note, by a program of the operator's: it gets the file's path as its last argument
// and prints the text.

import { spawn } from "node:child_process"
import type { Readable } from "node:stream"
import { childEnvironment } from "../host/child-environment.ts"
import { type Clock, pause } from "../host/clock.ts"

const MAX_TEXT_BYTES = 64 * 1024

export interface TranscriberParts {
  /** A program and its arguments; no shell reads them. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * The text, which may be empty. Rejects when the program fails or says too much, and when it is not done in
 * time or `signal` aborts; whatever it started is then gone.
 */
export type Transcribe = (path: string, signal: AbortSignal) => Promise<string>

export function createTranscribe(parts: TranscriberParts): Transcribe {
  const [file = "", ...args] = parts.command
  const env = childEnvironment(parts.environment, [])

  return (path, signal) =>
    new Promise((resolve, reject) => {
      const ended = new AbortController()
      const child = spawn(file, [...args, path], {
        env,
        // A group of its own, so that what it starts can be ended with it.
        detached: true,
        stdio: ["ignore", "pipe", "ignore"],
      })
      // A system without free files starts nothing and makes no pipe.
      const stdout: Readable | undefined = child.stdout
      const chunks: Buffer[] = []
      let bytes = 0

      function fail(why: string): void {
        if (ended.signal.aborted) return
        killGroup(child.pid)
        end(() => reject(new Error(`the program for transcripts ${why}`)))
      }
      function end(settle: () => void): void {
        ended.abort()
        signal.removeEventListener("abort", stop)
        stdout?.destroy()
        settle()
      }
      const stop = () => fail("was stopped")

      child.on("error", (error: NodeJS.ErrnoException) => fail(`cannot be run (${error.code})`))
      stdout?.on("error", () => fail("has a broken output"))
      stdout?.on("data", (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.byteLength
        if (bytes > MAX_TEXT_BYTES) fail("says too much")
      })
      child.on("close", (code) => {
        if (ended.signal.aborted) return
        if (code !== 0) return fail(`failed (exit code ${code})`)
        killGroup(child.pid)
        end(() => resolve(Buffer.concat(chunks).toString("utf8").trim()))
      })
      signal.addEventListener("abort", stop)
      if (signal.aborted) stop()
      void pause(parts.clock, parts.timeoutMs, ended.signal).then(() =>
        fail("was not done in time"),
      )
    })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // Nobody is left in the group.
  }
}
