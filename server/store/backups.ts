// Copies of the whole state, in a folder of their own beside the database: one a day and one before its
// shape changes. The three latest are kept; a copy that is not whole takes the place of none of them.

import { once } from "node:events"
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { backup, DatabaseSync } from "node:sqlite"
import { pathToFileURL } from "node:url"
import { Worker } from "node:worker_threads"
import { makeFolder } from "../host/make-folder.ts"
import { syncFolder } from "./marker.ts"

const KEPT = 3
/** Copied in one go; whoever writes waits for so long. */
const PAGES_PER_STEP = 250
const IS_BACKUP = /^clawdis-\d{4}-\d\d-\d\d(?:-shape-\d+)?\.db$/
const UNFINISHED = ".part"

export interface Backups {
  /** The paths of all there are, the oldest first. */
  list(): readonly string[]
  /** Where the newest is, as the end of a sentence. */
  describe(): string
  /** Copies the state unless there is a copy of this day. Others work meanwhile; rejects if `signal` aborts. */
  makeDaily(connection: DatabaseSync, at: number, signal: AbortSignal): Promise<void>
  /** Copies the state in its present shape; nothing else happens meanwhile. */
  makeOfShape(connection: DatabaseSync, shape: number, at: number): void
}

export function createBackups(databasePath: string): Backups {
  const folder = join(dirname(databasePath), "backups")

  function list(): readonly string[] {
    // Asked while something else has failed: what is no folder holds no backup.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
    const names = readdirSync(folder).filter((name) => IS_BACKUP.test(name))
    return names.sort().map((name) => join(folder, name))
  }

  function begin(path: string): string {
    makeFolder(folder, 0o700)
    chmodSync(folder, 0o700)
    // What a kill left of earlier ones.
    for (const name of readdirSync(folder)) {
      if (name.includes(UNFINISHED)) rmSync(join(folder, name), { force: true })
    }
    const unfinished = `${path}${UNFINISHED}`
    // Made here, so that at no time anybody else can read it.
    closeSync(openSync(unfinished, "wx", 0o600))
    return unfinished
  }

  /** The copy gets its name only once it is whole and on disk. */
  function finish(unfinished: string, path: string): void {
    const file = openSync(unfinished, "r+")
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
    syncFolder(folder)
    for (const old of list().slice(0, -KEPT)) rmSync(old, { force: true })
  }

  return {
    list,
    describe() {
      const newest = list().at(-1)
      return newest === undefined ? "there is no backup" : `the last backup is ${newest}`
    },
    async makeDaily(connection, at, signal) {
      const path = join(folder, `clawdis-${toDay(at)}.db`)
      if (existsSync(path)) return
      const unfinished = begin(path)
      try {
        await backup(connection, unfinished, {
          rate: PAGES_PER_STEP,
          progress: () => signal.throwIfAborted(),
        })
        requireWhole(await checkAside(unfinished, signal))
        finish(unfinished, path)
      } finally {
        rmSync(unfinished, { force: true })
      }
    },
    makeOfShape(connection, shape, at) {
      const path = join(folder, `clawdis-${toDay(at)}-shape-${shape}.db`)
      const unfinished = begin(path)
      try {
        connection.prepare("VACUUM INTO :path").run({ path: unfinished })
        requireWhole(check(unfinished))
        finish(unfinished, path)
      } finally {
        rmSync(unfinished, { force: true })
      }
    },
  }
}

function requireWhole(found: string): void {
  if (found !== "ok") throw new Error(`the copy is damaged: ${found}`)
}

function check(path: string): string {
  const copy = new DatabaseSync(toUnchanging(path), { readOnly: true })
  try {
    return String(copy.prepare("PRAGMA quick_check(1)").get()?.["quick_check"])
  } finally {
    copy.close()
  }
}

/** Nobody writes to it any more, so that reading it needs no files beside it. */
function toUnchanging(path: string): URL {
  const url = pathToFileURL(path)
  url.searchParams.set("immutable", "1")
  return url
}

/** The same in a thread of its own, because a large copy takes a while to read. */
async function checkAside(path: string, signal: AbortSignal): Promise<string> {
  const worker = new Worker(
    `const { DatabaseSync } = require("node:sqlite")
     const { parentPort, workerData } = require("node:worker_threads")
     const copy = new DatabaseSync(new URL(workerData), { readOnly: true })
     parentPort.postMessage(String(copy.prepare("PRAGMA quick_check(1)").get()?.quick_check))
     copy.close()`,
    { eval: true, workerData: toUnchanging(path).href },
  )
  const end = () => void worker.terminate()
  signal.addEventListener("abort", end)
  try {
    const [found] = await once(worker, "message", { signal })
    return String(found)
  } finally {
    signal.removeEventListener("abort", end)
    await worker.terminate()
  }
}

function toDay(at: number): string {
  return new Date(at).toISOString().slice(0, "2026-01-01".length)
}
