// Opens a file of this machine that may be sent, and no other: below a folder that is meant for it, never
// through a link out of it, and never one of the gateway's own.

import { constants, type Stats } from "node:fs"
import { type FileHandle, lstat, open, readlink, realpath } from "node:fs/promises"
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path"
import type { GatewayError } from "#protocol"
import { refused, unavailable } from "./failure.ts"

export interface PathGateParts {
  /** Folders of the gateway that are meant for files: they count also within what is private. */
  readonly own: readonly string[]
  /** Folders that the operator allows. */
  readonly roots: readonly string[]
  /** What is never sent, although it may stand below one of the roots: the state, the configuration. */
  readonly secret: readonly string[]
}

/**
 * The opened file, which the caller closes. Rejects with `blocked_path` for whatever may not be sent, and with
 * `media_unavailable` for a file that might be sent if it existed.
 */
export type PathGate = (path: string) => Promise<FileHandle>

export function createPathGate(parts: PathGateParts): PathGate {
  return async (path) => {
    if (!isAbsolute(path) || path.includes("\0")) throw blocked()
    const places = await readPlaces(parts)
    const real = await realOf(path)
    if (real === undefined) {
      const folder = await realOf(dirname(path))
      const wouldBeSent = folder !== undefined && mayBeSent(join(folder, basename(path)), places)
      throw wouldBeSent ? missing() : blocked()
    }
    if (!mayBeSent(real, places)) throw blocked()
    return openAsJudged(real)
  }
}

interface Places {
  readonly own: readonly string[]
  readonly roots: readonly string[]
  readonly secret: readonly string[]
}

function mayBeSent(path: string, { own, roots, secret }: Places): boolean {
  const isSecret = secret.some((place) => path === place || isBelow(path, place))
  if (!isSecret) return [...own, ...roots].some((root) => isBelow(path, root))
  // A folder of ours that holds what is secret, such as a workspace that is the state folder, opens nothing.
  const opened = own.filter(
    (place) => !secret.some((kept) => kept === place || isBelow(kept, place)),
  )
  return opened.some((place) => isBelow(path, place))
}

/**
 * Opens what was judged. Between the judging and the opening somebody may have put a link in its place, or in
 * the place of a folder above it: then what is open is not what stands there when looked at again.
 */
export async function openAsJudged(real: string): Promise<FileHandle> {
  let handle: FileHandle
  try {
    // A pipe or a device must not keep us waiting.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    handle = await open(real, flags)
  } catch {
    // Not ours to read, gone again, or a link by now: which of these is nobody's business.
    throw blocked()
  }
  try {
    const opened = await handle.stat()
    const standing = await lstat(real)
    const isJudged = isSame(opened, standing) && (await realpath(real)) === real
    // Where the system tells what is open, no swapping back and forth deceives us.
    const told = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => real)
    if (!opened.isFile() || !isJudged || told !== real) throw blocked()
    return handle
  } catch {
    await handle.close()
    throw blocked()
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino
}

async function readPlaces({ own, roots, secret }: PathGateParts): Promise<Places> {
  const read = async (paths: readonly string[]) =>
    Promise.all(paths.map(async (path) => (await realOf(path)) ?? resolve(path)))
  return { own: await read(own), roots: await read(roots), secret: await read(secret) }
}

/** Undefined if nothing stands there, or it cannot be known. */
async function realOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch {
    // Whatever the reason: what cannot be resolved is not sent.
    return undefined
  }
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function blocked(): GatewayError {
  return refused(
    "this path may not be sent; a file of the agent's workspace or of media.roots may",
    "blocked_path",
  )
}

function missing(): GatewayError {
  return unavailable("The file does not exist.", { retryable: false })
}
