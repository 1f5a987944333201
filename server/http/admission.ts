// Who may knock: judged from the request line and headers alone, before any upgrade (rule T7). Pure, and the
// same for pages and WebSockets, so that a page of another site reaches neither.

import { isIP } from "node:net"

export interface AdmissionPolicy {
  /** Names beyond loopback by which this gateway may be called. */
  readonly allowedHosts: readonly string[]
  /** Origins beyond the gateway's own whose pages may connect. */
  readonly allowedOrigins: readonly string[]
  /** Addresses from which a proxy may pass on what others ask. */
  readonly trustedProxies: readonly string[]
}

/** What admission looks at. Headers are raw: name, value, name, value, as they came. */
export interface Knock {
  readonly method: string
  /** The request target: path and query. */
  readonly target: string
  readonly rawHeaders: readonly string[]
  /** The other end of the socket. */
  readonly remoteAddress: string | undefined
}

export interface Refusal {
  readonly status: 400 | 403 | 404 | 405 | 503
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"])
const MAX_PORT = 65_535
const PROXY_HEADER = /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip)$/
const WEB_SOCKET_KEY = /^[A-Za-z0-9+/]{22}==$/
const NOT_ALLOWED_ORIGIN: Refusal = { status: 403, text: "origin not allowed" }

/** Why this request may not come in, or undefined if it may. */
export function findRefusal(knock: Knock, policy: AdmissionPolicy): Refusal | undefined {
  const hosts = valuesOf(knock, "host")
  const [host] = hosts
  if (hosts.length !== 1 || host === undefined) {
    return { status: 400, text: "exactly one Host header is needed" }
  }
  if (!isAllowedHost(host, policy)) {
    const text = "host not allowed; the operator can add it to gateway.allowedHosts"
    return { status: 403, text }
  }
  const origins = valuesOf(knock, "origin")
  if (origins.length > 1) return NOT_ALLOWED_ORIGIN
  const [origin] = origins
  if (origin !== undefined && !isAllowedOrigin(origin, host, policy)) return NOT_ALLOWED_ORIGIN
  if (isProxied(knock) && !isTrustedProxy(knock.remoteAddress, policy)) {
    const text = "proxied request refused; the operator can add the proxy to gateway.trustedProxies"
    return { status: 403, text }
  }
  if (isOfAnotherSite(knock)) return { status: 403, text: "cross-site request refused" }
  return findFlawOfRequest(knock)
}

/** What is wrong with a request whoever sends it. */
function findFlawOfRequest(knock: Knock): Refusal | undefined {
  const webSocket = asksForWebSocket(knock)
  if (knock.method !== "GET" && (webSocket || knock.method !== "HEAD")) {
    const headers = { Allow: webSocket ? "GET" : "GET, HEAD" }
    return { status: 405, text: "method not allowed", headers }
  }
  if (!knock.target.startsWith("/")) return { status: 400, text: "bad request target" }
  const query = new URLSearchParams(knock.target.split("?")[1] ?? "")
  if (query.has("token")) return { status: 400, text: "a token does not belong into an address" }
  return webSocket ? findFlawOfUpgrade(knock) : undefined
}

function findFlawOfUpgrade(knock: Knock): Refusal | undefined {
  if (pathOf(knock.target) !== "/") return { status: 404, text: "not found" }
  const options = valuesOf(knock, "connection").flatMap((value) => value.toLowerCase().split(","))
  if (!options.some((option) => option.trim() === "upgrade")) {
    return { status: 400, text: "an upgrade needs the header Connection: Upgrade" }
  }
  const versions = valuesOf(knock, "sec-websocket-version")
  if (versions.length !== 1 || versions[0] !== "13") {
    const headers = { "Sec-WebSocket-Version": "13" }
    return { status: 400, text: "Sec-WebSocket-Version must be 13", headers }
  }
  const keys = valuesOf(knock, "sec-websocket-key")
  if (keys.length === 1 && WEB_SOCKET_KEY.test(keys[0] ?? "")) return undefined
  return { status: 400, text: "Sec-WebSocket-Key is missing or wrong" }
}

/** Only what asks for nothing else: nobody would serve a socket that was upgraded to one of several protocols. */
export function asksForWebSocket(knock: Knock): boolean {
  const upgrades = valuesOf(knock, "upgrade")
  return upgrades.length === 1 && upgrades[0]?.toLowerCase() === "websocket"
}

/** Who asks, as presence shows it: of what a trusted proxy passes on, the address that it adds itself. */
export function findRemoteAddress(
  { rawHeaders, remoteAddress }: Pick<Knock, "rawHeaders" | "remoteAddress">,
  policy: AdmissionPolicy,
): string | undefined {
  if (!isTrustedProxy(remoteAddress, policy)) return remoteAddress
  const forwarded = valuesOf({ rawHeaders }, "x-forwarded-for").join(",")
  const last = forwarded.slice(forwarded.lastIndexOf(",") + 1).trim()
  return isIP(last) === 0 ? remoteAddress : last
}

function isProxied({ rawHeaders }: Knock): boolean {
  return rawHeaders.some((name, at) => at % 2 === 0 && PROXY_HEADER.test(name.toLowerCase()))
}

function isTrustedProxy(address: string | undefined, { trustedProxies }: AdmissionPolicy): boolean {
  return address !== undefined && trustedProxies.includes(address.replace(/^::ffff:/, ""))
}

/** Another site's page asks, and not because a person followed a link of it. */
function isOfAnotherSite(knock: Knock): boolean {
  if (!valuesOf(knock, "sec-fetch-site").includes("cross-site")) return false
  const isNavigation =
    knock.method === "GET" &&
    !asksForWebSocket(knock) &&
    valuesOf(knock, "sec-fetch-mode").join() === "navigate" &&
    valuesOf(knock, "sec-fetch-dest").join() === "document"
  return !isNavigation
}

/** The name must be exactly one that is known; any port will do, because tunnels change it. */
function isAllowedHost(host: string, { allowedHosts }: AdmissionPolicy): boolean {
  const parsed = splitHost(host)
  if (parsed === undefined) return false
  return LOOPBACK_NAMES.has(parsed.name) || allowedHosts.includes(parsed.name)
}

/** The page's own origin, whatever name it was called by, or one that the operator has listed. */
function isAllowedOrigin(
  origin: string,
  host: string,
  { allowedOrigins }: AdmissionPolicy,
): boolean {
  if (allowedOrigins.includes(origin)) return true
  const match = /^(https?):\/\/([^/?#@\\]+)$/.exec(origin)
  const [, scheme, authority] = match ?? []
  if (scheme === undefined || authority === undefined) return false
  const own = splitHost(host)
  const other = splitHost(authority)
  if (own === undefined || other === undefined || own.name !== other.name) return false
  const usual = scheme === "https" ? "443" : "80"
  return (own.port ?? usual) === (other.port ?? usual)
}

/** `name`, `name:port` or `[v6]:port` in the one spelling that is compared; undefined for any other. */
function splitHost(host: string): { name: string; port: string | undefined } | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/.exec(host)
  const [, name, port] = match ?? []
  return name === undefined || Number(port ?? 0) > MAX_PORT ? undefined : { name, port }
}

function valuesOf({ rawHeaders }: Pick<Knock, "rawHeaders">, name: string): string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? "")
  }
  return values
}

function pathOf(target: string): string {
  return target.split("?")[0] ?? ""
}
