// What a gateway process wrote, looked through for what stands in its state folder and its settings and in
// no log.

import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import {
  type Confidential,
  findLeaks,
  type LoggedLine,
  toLoggedForms,
} from "../../server/testing/leak-scan.ts"

export interface Written {
  readonly stateDir: string
  /** Everything on stdout and stderr. */
  readonly output: string
  /** Variables and sections of the configuration that may hold secrets. */
  readonly settings: readonly unknown[]
}

/** One sentence for each leak. The gateway must have ended. */
export function findLeaksOfProcess({ output, settings, stateDir }: Written): string[] {
  const { bodies, secrets } = readState(join(stateDir, "clawdis.db"))
  const confidential = { bodies, secrets: [...secrets, ...settings.flatMap(secretsIn)] }
  return [
    ...findLeaks(output.split("\n").map(toShownLine), confidential),
    ...globSync(join(stateDir, "gateway.log*")).flatMap((path) =>
      findLeaks(readFileSync(path, "utf8").split("\n").map(toFiledLine), confidential),
    ),
  ]
}

function toShownLine(text: string): LoggedLine {
  const level = /^\S+T\S+ (debug|info|warn|error) /.exec(text)?.[1]
  return level === undefined ? { text } : { level, text }
}

function toFiledLine(text: string): LoggedLine {
  const level = /^\{"level":"([a-z]+)"/.exec(text)?.[1]
  return level === undefined ? { text } : { level, text }
}

const IS_SECRET = /token|secret|password|api_?key/i

/** Texts that stand under a name such as `botToken` or `CLAWDIS_GATEWAY_TOKEN`. */
function secretsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, item]) =>
    typeof item === "string" && IS_SECRET.test(name) ? [item] : secretsIn(item),
  )
}

function readState(path: string): Confidential {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    const all = (sql: string) => database?.prepare(sql).all() ?? []
    const bodies = all(
      "SELECT DISTINCT part.value ->> 'text' AS text FROM messages, json_each(body, '$.parts') AS part",
    ).flatMap(({ text }) => (typeof text === "string" ? [text] : []))
    const secrets = all(
      "SELECT value FROM vault WHERE area IN ('credentials', 'keys') LIMIT 2000",
    ).flatMap(({ value }) =>
      value instanceof Uint8Array ? bytesIn(value).flatMap(toLoggedForms) : [],
    )
    return { bodies, secrets }
  } catch {
    // It was never started, or the test has damaged its state: then there is nothing to look for.
    return { bodies: [], secrets: [] }
  } finally {
    database?.close()
  }
}

/** The keys within a value of the vault, which is JSON with bytes in base64. */
function bytesIn(value: Uint8Array): Uint8Array[] {
  const keys: Uint8Array[] = []
  JSON.parse(Buffer.from(value).toString("utf8"), (_key, item) => {
    if (item?.type === "Buffer" && typeof item.data === "string") {
      const bytes = Buffer.from(item.data, "base64")
      if (bytes.byteLength >= 16) keys.push(bytes)
    }
    return item
  })
  return keys
}
