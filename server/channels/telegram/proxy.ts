// Which proxy the way to the Bot API leads through: that of the settings, else that of the environment,
// by the variables and the order that curl made customary.

export type Route =
  | { readonly by: "direct" }
  /** `name` is for people: it has no credentials. */
  | { readonly by: "proxy"; readonly url: string; readonly name: string }
  /** A proxy was asked for that we cannot use; going around it could tell what it was to hide. */
  | { readonly by: "nothing"; readonly why: string }

export interface RouteOptions {
  readonly target: string
  readonly setting: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function findRoute({ target, setting, environment }: RouteOptions): Route {
  if (setting !== undefined) return toRoute(setting)
  const url = new URL(target)
  const scheme = url.protocol === "https:" ? "https" : "http"
  const found = lookUp(environment, `${scheme}_proxy`) ?? lookUp(environment, "all_proxy")
  const without = lookUp(environment, "no_proxy") ?? ""
  if (found === undefined || isLoopback(url.hostname) || isExcepted(url, without)) {
    return { by: "direct" }
  }
  return toRoute(found)
}

/** An http or https URL of a host, perhaps with a user. */
export function isProxyUrl(text: string): boolean {
  return toRoute(text).by === "proxy"
}

function toRoute(text: string): Route {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`)
  if (url === null || url.hostname === "") {
    return { by: "nothing", why: "the address of the proxy cannot be read" }
  }
  const name = url.host
  if (url.protocol === "http:" || url.protocol === "https:") {
    return { by: "proxy", url: url.href, name }
  }
  const scheme = url.protocol.slice(0, -1)
  return { by: "nothing", why: `the proxy ${name} is of the kind ${scheme}, not http or https` }
}

function lookUp(environment: RouteOptions["environment"], name: string): string | undefined {
  return environment[name] || environment[name.toUpperCase()] || undefined
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
}

/** Entries are `*`, a host, a domain with or without a dot before it, each perhaps with a port. */
function isExcepted({ hostname, port, protocol }: URL, list: string): boolean {
  const usedPort = port || (protocol === "https:" ? "443" : "80")
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === "*") return true
      const { name = "", at } = /^(?<name>.*?)(?::(?<at>\d+))?$/.exec(entry)?.groups ?? {}
      const domain = name.replace(/^\*?\./, "")
      if (domain === "" || (at !== undefined && at !== usedPort)) return false
      return hostname === domain || hostname.endsWith(`.${domain}`)
    })
}
