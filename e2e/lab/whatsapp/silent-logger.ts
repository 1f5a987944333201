import type { DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys"

type Logger = (typeof DEFAULT_CONNECTION_CONFIG)["logger"]

const nothing = () => undefined

/** Baileys wants a logger everywhere; the lab tells what happened in its state instead. */
export const silentLogger: Logger = {
  level: "silent",
  child: () => silentLogger,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
}
