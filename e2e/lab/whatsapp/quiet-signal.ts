// libsignal tells the console about its sessions, private keys included. Whoever runs its code in the lab hushes it first.

const PHRASES = [
  "Closing session:",
  "Opening session:",
  "Removing old closed session:",
  "Migrating session to:",
  "Session already closed",
  "Session already open",
  "Closing open session in favor of incoming prekey bundle",
  "Decrypted message with closed session.",
  "Failed to decrypt message with any known session...",
  "Session error:",
]

/** Everything else that is written to the console passes. Gives the way back. */
export function quietSignal(target: Pick<Console, "info" | "warn" | "error"> = console) {
  const { info, warn, error } = target
  for (const method of ["info", "warn", "error"] as const) {
    const write = target[method]
    target[method] = (first?: unknown, ...rest: unknown[]) => {
      if (!isOfSignal(first)) write.call(target, first, ...rest)
    }
  }
  return (): void => void Object.assign(target, { info, warn, error })
}

function isOfSignal(first: unknown): boolean {
  return typeof first === "string" && PHRASES.some((phrase) => first.startsWith(phrase))
}
