// The flags that several commands share, and the forms of their values.

import type { GatewayFlags } from "../config/flags.ts"
import type { Flag, FlagValues } from "./command.ts"
import { UsageError } from "./usage-error.ts"

const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1_000

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new UsageError("Invalid port: must be a number from 0 to 65535.")
  return port
}

function parseToken(text: string): string {
  if (text.trim() === "") throw new UsageError("--token must not be empty.")
  return text
}

function parseTimeout(text: string): number {
  const ms = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (ms < 1 || ms > MAX_TIMEOUT_MS) {
    throw new UsageError(`must be a number of milliseconds from 1 to ${MAX_TIMEOUT_MS}.`)
  }
  return ms
}

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError("must be a whole number.")
  return Number(text)
}

/** A URL of a gateway in the form that a link has; `http` means the same as `ws`. */
function parseUrl(text: string): string {
  const url = URL.parse(text)
  const protocol = url?.protocol.replace(/^http/, "ws")
  if (url === null || (protocol !== "ws:" && protocol !== "wss:") || url.hostname === "") {
    throw new UsageError("must be a URL such as ws://127.0.0.1:18789.")
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new UsageError("must have no user, no query and no fragment; a token goes into --token.")
  }
  return `${protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`
}

export const PORT: Flag = { form: "--port <port>", help: "control port", parse: parsePort }
export const TOKEN: Flag = { form: "--token <token>", help: "shared secret", parse: parseToken }
export const TOKEN_FILE: Flag = {
  form: "--token-file <path>",
  help: "file that holds the shared secret",
}
export const JSON_FLAG: Flag = { form: "--json", help: "one JSON document, also on error" }

/** What everything that talks to a gateway takes. */
export const COMMON: readonly Flag[] = [
  { form: "--url <url>", help: "the gateway, such as ws://127.0.0.1:18789", parse: parseUrl },
  PORT,
  TOKEN,
  TOKEN_FILE,
  { form: "--timeout <ms>", help: "how long to wait (10000; gw:send: 50000)", parse: parseTimeout },
  JSON_FLAG,
]

/** The token's two flags, of which one may be set. */
export function toTokenFlags(flags: FlagValues): Pick<GatewayFlags, "token" | "tokenFile"> {
  const token = flags.text("token")
  const tokenFile = flags.text("tokenFile")
  if (token !== undefined && tokenFile !== undefined) {
    throw new UsageError("--token and --token-file exclude each other.")
  }
  return {
    ...(token !== undefined && { token }),
    ...(tokenFile !== undefined && { tokenFile }),
  }
}
