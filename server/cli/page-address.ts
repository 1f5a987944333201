import type { Instance } from "../host/instance-file.ts"
import type { Link } from "./gw/connect.ts"

/**
 * Where a browser finds the page of the gateway behind `link`. `own` is what the gateway of this machine
 * wrote down: it may have a port for the page, which a tunnel or a proxy to another one need not reach.
 */
export function toPageAddress(
  { token, url }: Pick<Link, "token" | "url">,
  own: Instance | undefined,
): string {
  const page = new URL(url.replace(/^ws/, "http"))
  if (own?.webchatPort !== undefined && page.port === String(own.port)) {
    page.port = String(own.webchatPort)
  }
  if (!page.pathname.endsWith("/")) page.pathname += "/"
  return token === undefined ? page.href : `${page.href}#token=${encodeURIComponent(token)}`
}
