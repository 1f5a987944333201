// Where the program keeps what it must remember, and the guard that nobody else can read it.

import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  readdirSync,
  type Stats,
  statSync,
} from "node:fs"
import { isAbsolute, join, resolve } from "node:path"
import { OperatorError } from "./errors.ts"
import { makeFolder } from "./make-folder.ts"

export interface Paths {
  readonly stateDir: string
  readonly configFile: string
  /** The configuration file was asked for by name, so it must exist. */
  readonly configFileNamed: boolean
  readonly logFile: string
  readonly instanceFile: string
  /** The agent's working directory unless the configuration names another. */
  readonly workspaceDir: string
}

export type Environment = Readonly<Record<string, string | undefined>>

export function resolvePaths(environment: Environment): Paths {
  const stateDir = fromVariable(environment, "CLAWDIS_STATE_DIR") ?? defaultStateDir(environment)
  const named = fromVariable(environment, "CLAWDIS_CONFIG_PATH")
  return {
    stateDir,
    configFile: named ?? join(stateDir, "clawdis.json"),
    configFileNamed: named !== undefined,
    logFile: join(stateDir, "gateway.log"),
    instanceFile: join(stateDir, "gateway.json"),
    workspaceDir: join(stateDir, "workspace"),
  }
}

/** `~` and `~/…` with the home folder in place; a relative path is taken from `base`. */
export function resolvePath(path: string, base: string, environment: Environment): string {
  if (path !== "~" && !path.startsWith("~/")) return resolve(base, path)
  const home = homeOf(environment)
  if (home === undefined) throw new OperatorError(`HOME is not set, and ${path} needs it.`)
  return resolve(home, path.slice(2))
}

function fromVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name]
  if (value === undefined || value === "") return undefined
  if (value.trim() === "" || value.includes("\0")) throw new OperatorError(`${name} is not a path.`)
  return resolvePath(value, process.cwd(), environment)
}

function homeOf(environment: Environment): string | undefined {
  const home = environment["HOME"]
  return home !== undefined && isAbsolute(home) ? home : undefined
}

function defaultStateDir(environment: Environment): string {
  const home = homeOf(environment)
  if (home === undefined) {
    throw new OperatorError(
      "HOME is not set to a folder: set it, or name the state folder with CLAWDIS_STATE_DIR.",
    )
  }
  return join(home, ".clawdis")
}

export interface StateFolderOptions {
  /** Files outside the folder that hold secrets as well. */
  readonly alsoPrivate?: readonly string[]
  /** Who we are; tests say it. */
  readonly uid?: number
}

/**
 * Makes the state folder, private to us: 0700, its files 0600. Gives back warnings about what it had
 * to tighten. Throws an OperatorError if the folder cannot be made, cannot be written or is not ours.
 */
export function ensureStateFolder(
  stateDir: string,
  options: StateFolderOptions = {},
): readonly string[] {
  const uid = options.uid ?? process.getuid?.() ?? 0
  const warnings: string[] = []
  if (uid === 0) {
    warnings.push("running as root: everything the agent does, it does as root")
  }
  try {
    makeFolder(stateDir, 0o700)
    const folder = statSync(stateDir)
    if (!folder.isDirectory()) throw new OperatorError(`${stateDir} is not a folder.`)
    refuseForeign(stateDir, folder, uid)
    tighten(stateDir, folder, 0o700, warnings)
    for (const name of readdirSync(stateDir)) {
      tightenEntry(join(stateDir, name), uid, warnings)
    }
    accessSync(stateDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`The state folder ${stateDir} is not usable: ${reasonOf(error)}.`, {
      cause: error,
    })
  }
  for (const path of options.alsoPrivate ?? []) warnAboutOpenFile(path, stateDir, warnings)
  return warnings
}

function refuseForeign(path: string, stats: Stats, uid: number): void {
  if (stats.uid === uid) return
  throw new OperatorError(
    `${path} belongs to user ${stats.uid}, but this process runs as user ${uid}: ` +
      "run as its owner, or name another folder with CLAWDIS_STATE_DIR.",
  )
}

/** What lies inside a private folder of ours is out of reach already, so one level is enough. */
function tightenEntry(path: string, uid: number, warnings: string[]): void {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isSymbolicLink()) return
  refuseForeign(path, stats, uid)
  if (stats.isDirectory()) tighten(path, stats, 0o700, warnings)
  else if (stats.isFile()) tighten(path, stats, 0o600, warnings)
}

function tighten(path: string, stats: Stats, mode: number, warnings: string[]): void {
  if ((stats.mode & 0o077) === 0) return
  chmodSync(path, mode)
  warnings.push(
    `permissions of ${path} were too open (${octal(stats.mode)}); now they are ${octal(mode)}`,
  )
}

function warnAboutOpenFile(path: string, stateDir: string, warnings: string[]): void {
  if (path.startsWith(`${stateDir}/`)) return
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || (stats.mode & 0o077) === 0) return
  warnings.push(`permissions of ${path} are too open (${octal(stats.mode)}): chmod 600 ${path}`)
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0")
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "a file is in the way",
  EIO: "the disk failed",
  EISDIR: "it is a folder",
  ELOOP: "a loop of symbolic links",
  ENOENT: "no such file or folder",
  ENOSPC: "no space left",
  ENOTDIR: "a part of the path is not a folder",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
}

/** Why the system refused, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined
  return (code !== undefined && REASONS[code]) || error.message
}
