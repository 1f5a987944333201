/** Whether an address leads to this machine itself, where a tunnel may begin. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$|\.localhost$/.test(hostname)
}

/** What opens the tunnel again; the name of the account is for the person to know. */
export function toTunnelCommand(port: string, host: string): string {
  const number = port === "" ? "80" : port
  return `ssh -N -L ${number}:127.0.0.1:${number} user@${host}`
}
