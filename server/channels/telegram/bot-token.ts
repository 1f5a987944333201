// Where the bot token comes from.

import { readFile } from "node:fs/promises"
import { isBotToken, type TelegramSettings } from "./settings.ts"

/** The token cannot be had; the message is for people and holds nothing of it. */
export class BotTokenError extends Error {
  override readonly name = "BotTokenError"
}

/** A file is read anew each time, so that a changed one counts from the next connection on. */
export async function readBotToken(settings: TelegramSettings): Promise<string> {
  const { botToken, botTokenFile } = settings
  if (botToken !== undefined) return botToken
  if (botTokenFile === undefined) throw new BotTokenError("Telegram is not configured.")
  const text = await readFile(botTokenFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new BotTokenError(`The bot token file ${botTokenFile} cannot be read (${error.code}).`)
  })
  if (isBotToken(text.trim())) return text.trim()
  throw new BotTokenError(`The bot token file ${botTokenFile} holds no bot token.`)
}
