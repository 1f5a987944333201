// Where a program lies on disk, without running anything.

import { access, constants, stat } from "node:fs/promises"
import { delimiter, join, resolve } from "node:path"

/** What a look at one path found. */
export type ProgramState = "executable" | "not executable" | "missing"

export interface ProgramPlace {
  /** Folders to look in, joined as in the variable PATH. */
  readonly path: string
  /** What a program with a slash in its name is relative to. */
  readonly cwd: string
}

/** The absolute path of a program that may be run, or undefined. */
export async function findExecutable(
  program: string,
  { path, cwd }: ProgramPlace,
): Promise<string | undefined> {
  const candidates = program.includes("/")
    ? [resolve(cwd, program)]
    : path
        .split(delimiter)
        .filter((folder) => folder !== "")
        .map((folder) => join(resolve(cwd, folder), program))
  for (const candidate of candidates) {
    if ((await programState(candidate)) === "executable") return candidate
  }
  return undefined
}

export async function programState(file: string): Promise<ProgramState> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return "missing"
  if (!found.isFile()) return "not executable"
  return access(file, constants.X_OK).then(
    () => "executable",
    () => "not executable",
  )
}
