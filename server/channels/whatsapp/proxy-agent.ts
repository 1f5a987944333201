// The way through a proxy, if the gateway's environment names one (HTTPS_PROXY, NO_PROXY).

import { Agent } from "node:https"

export type Environment = Readonly<Record<string, string | undefined>>

/** Undefined where no proxy is named, or where the connection would not be encrypted. */
export function createProxyAgent(environment: Environment, url: string): Agent | undefined {
  const proxy = environment["https_proxy"] ?? environment["HTTPS_PROXY"]
  if (!proxy || !/^(?:https|wss):/.test(url)) return undefined
  return new Agent({ proxyEnv: { ...environment } })
}
