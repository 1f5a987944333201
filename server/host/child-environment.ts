// What a child process gets of the gateway's environment: an allow-list, never the whole.

const ALLOWED = new Set(["PATH", "HOME", "USER", "LANG", "TERM", "TMPDIR", "SHELL"])
const ALLOWED_PREFIXES = ["LC_", "XDG_"]

/** The gateway's own secrets, which no configuration can hand on. */
const NEVER = new Set(["CLAWDIS_GATEWAY_TOKEN", "TELEGRAM_BOT_TOKEN"])

export function childEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  alsoAllowed: readonly string[],
): Record<string, string> {
  const named = new Set(alsoAllowed)
  const child: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || NEVER.has(name)) continue
    const allowed =
      ALLOWED.has(name) ||
      named.has(name) ||
      ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix))
    if (allowed) child[name] = value
  }
  return child
}
