// How many more files and sockets this process may open.

import { readdirSync, readFileSync } from "node:fs"

/** Undefined where the system does not tell, as outside of Linux. */
export function countFreeDescriptors(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]
    return limit === undefined ? undefined : Number(limit) - readdirSync("/proc/self/fd").length
  } catch {
    // Without the answer the system itself closes what is too much.
    return undefined
  }
}
