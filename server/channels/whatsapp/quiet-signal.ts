// The encryption library under Baileys prints whole sessions, private keys included, with `console`
// (https://github.com/WhiskeySockets/libsignal-node/blob/master/src/session_record.js). Nothing of what
// it prints may reach a terminal or a log, and nothing of what anybody else prints may be lost.

const METHODS = ["debug", "error", "info", "log", "trace", "warn"] as const
const CALLER = /[\\/]node_modules[\\/](?:@whiskeysockets[\\/]baileys|libsignal)[\\/]/
const QUIET = Symbol.for("clawdis.quiet-signal")

type Print = ((...words: unknown[]) => void) & { readonly [QUIET]?: true }

/** Makes `target` drop what the library prints. A second call changes nothing. */
export function silenceSignal(target: Console): void {
  for (const method of METHODS) {
    const original = target[method] as Print
    if (original[QUIET] === true) continue
    const print = (...words: unknown[]) => {
      if (!isCalledByLibrary()) original.apply(target, words)
    }
    target[method] = Object.assign(print, { [QUIET]: true as const })
  }
}

/** The library prints from its own functions, so one of them is the first of the callers. */
function isCalledByLibrary(): boolean {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 4
  const stack = new Error("who is calling").stack ?? ""
  Error.stackTraceLimit = stackTraceLimit
  // The lines are: the message, this function, `print`, and whoever called it.
  return CALLER.test(stack.split("\n")[3] ?? "")
}
