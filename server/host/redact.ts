// Takes secrets out of text before it is written anywhere.

export interface Redactor {
  addSecret(secret: string): void
  redact(text: string): string
}

const REPLACEMENT = "[redacted]"

/** Telegram puts the bot's token into the path of every URL. */
const BOT_TOKEN_PATH = /\/(bot|file\/bot)\d+:[^/\s"'?#]+/g

/** Anything shorter would turn the log into noise, and is no secret. */
const MIN_SECRET_LENGTH = 4

export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = new Set<string>()
  let pattern: RegExp | undefined

  function addSecret(secret: string): void {
    if (secret.length < MIN_SECRET_LENGTH) return
    forms.add(secret)
    // As it looks inside a quoted JSON text and inside a URL.
    forms.add(JSON.stringify(secret).slice(1, -1))
    if (secret.isWellFormed()) forms.add(encodeURIComponent(secret))
    // The longest first, so that a secret that begins with another one goes as a whole.
    const longestFirst = [...forms].sort((a, b) => b.length - a.length)
    pattern = new RegExp(longestFirst.map(escapeForPattern).join("|"), "g")
  }

  for (const secret of secrets) addSecret(secret)
  return {
    addSecret,
    redact(text) {
      const clean = text.includes("bot") ? text.replace(BOT_TOKEN_PATH, `/$1${REPLACEMENT}`) : text
      return pattern === undefined ? clean : clean.replace(pattern, REPLACEMENT)
    },
  }
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")
}
