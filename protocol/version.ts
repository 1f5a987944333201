// The protocol versions this code speaks, and how two sides settle on one.

/** The newest protocol version that this code speaks. */
export const PROTOCOL_VERSION = 1

/** The oldest protocol version that this code still speaks. */
export const OLDEST_PROTOCOL_VERSION = 1

/** The highest version inside both ranges (rule H4), or undefined when they do not meet. */
export function chooseVersion(minProtocol: number, maxProtocol: number): number | undefined {
  const highest = Math.min(maxProtocol, PROTOCOL_VERSION)
  return highest >= Math.max(minProtocol, OLDEST_PROTOCOL_VERSION) ? highest : undefined
}
