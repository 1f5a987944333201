// Who may knock: judged from the request line and headers alone, before any upgrade (rule T7). Pure, and the
// same for pages and WebSockets, so that a page of another site reaches neither.

export interface AdmissionPolicy {
  /** Names beyond loopback by which this gateway may be called. */
  readonly allowedHosts: readonly string[]
  /** Origins beyond the gateway's own whose pages may connect. */
  readonly allowedOrigins: readonly string[]
}

/** What admission looks at. Headers are raw: name, value, name, value, as they came. */
export interface Knock {
  readonly method: string
  /** The request target: path and query. */
  readonly target: string
  readonly rawHeaders: readonly string[]
}

export type Admission =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: 400 | 403 | 404 | 405 | 503; readonly text: string }

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"])
const MAX_PORT = 65_535
const OK: Admission = { ok: true }

export function admit(knock: Knock, policy: AdmissionPolicy): Admission {
  const hosts = valuesOf(knock, "host")
  const [host] = hosts
  if (hosts.length !== 1 || host === undefined)
    return refuse(400, "exactly one Host header is needed")
  if (!isAllowedHost(host, policy)) {
    return refuse(403, "host not allowed; the operator can add it to gateway.allowedHosts")
  }
  const origins = valuesOf(knock, "origin")
  if (origins.length > 1) return refuse(403, "origin not allowed")
  const [origin] = origins
  if (origin !== undefined && !isAllowedOrigin(origin, host, policy)) {
    return refuse(403, "origin not allowed")
  }
  if (knock.method !== "GET" && knock.method !== "HEAD") return refuse(405, "method not allowed")
  if (!knock.target.startsWith("/")) return refuse(400, "bad request target")
  const query = new URLSearchParams(knock.target.split("?")[1] ?? "")
  if (query.has("token")) return refuse(400, "a token does not belong into an address")
  if (asksForWebSocket(knock) && pathOf(knock.target) !== "/") return refuse(404, "not found")
  return OK
}

export function asksForWebSocket(knock: Knock): boolean {
  return valuesOf(knock, "upgrade").some((value) => value.toLowerCase() === "websocket")
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

function valuesOf({ rawHeaders }: Knock, name: string): string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? "")
  }
  return values
}

function pathOf(target: string): string {
  return target.split("?")[0] ?? ""
}

function refuse(status: 400 | 403 | 404 | 405, text: string): Admission {
  return { ok: false, status, text }
}
