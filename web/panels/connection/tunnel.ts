/** Whether an address leads to this machine itself, where a tunnel may begin. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$|\.localhost$/.test(hostname)
}

export interface Tunnel {
  /** Of the page's address; empty for the one that goes without saying. */
  readonly port: string
  readonly host: string
  /** Where the gateway gives the page out; as long as it has not said so, a tunnel keeps the number. */
  readonly gatewayPort: number | undefined
}

/** What opens the tunnel again; the name of the account is for the person to know. */
export function toTunnelCommand({ gatewayPort, host, port }: Tunnel): string {
  const number = port === "" ? "80" : port
  return `ssh -N -L ${number}:127.0.0.1:${gatewayPort ?? number} user@${host}`
}
