// What `setup` asks about chat services, and what their sections of the configuration are to be.

import { CHANNELS } from "../channels/index.ts"
import { findSectionProblem } from "../config/channel-section.ts"
import type { FlagValues } from "./command.ts"
import { type Answer, type Prompts, type Question, yesOrNo } from "./prompts.ts"
import { UsageError } from "./usage-error.ts"

type Section = Readonly<Record<string, unknown>>

export interface ChannelPlan {
  /** What is to stand under `channels.<id>`; undefined if the defaults do. */
  readonly section?: Section
  /** What to do once the gateway runs, a line each. */
  readonly next: readonly string[]
}

const ALLOW = "clawdis allow               who was turned away, and the command that lets them in"
const PHONE_NUMBERS = "numbers such as +15550100000, with commas between"

export async function planWhatsApp(prompts: Prompts, flags: FlagValues): Promise<ChannelPlan> {
  const number = flags.text("number")
  const allow = flags.text("allow")
  const isWanted = flags.isSet("whatsapp")
  if (!isWanted && (number ?? allow) !== undefined) {
    throw new UsageError("--no-whatsapp and --number or --allow exclude each other.")
  }
  const given = isWanted ? ((number ?? allow) === undefined ? undefined : "yes") : "no"
  if (!(await prompts.answer(yesOrNo("2. WhatsApp now?", { yes: true }), given))) {
    return { next: [] }
  }
  const login = "clawdis login               links WhatsApp"
  const whose = await prompts.answer(
    WHOSE,
    number ?? (allow === undefined ? undefined : "assistant"),
  )
  if (whose === "own") {
    if (allow !== undefined) throw new UsageError("--allow is for --number assistant.")
    prompts.say("   It will answer only you, in the chat with yourself.")
    return { next: [login] }
  }
  const allowFrom = await prompts.answer(WHO_MAY_WRITE, allow)
  prompts.say(
    allowFrom.length === 0
      ? "   It will answer nobody until you let them in."
      : `   It will answer only ${allowFrom.join(", ")}.`,
  )
  return {
    ...(allowFrom.length > 0 && { section: { allowFrom } }),
    next: [login, ALLOW],
  }
}

const WHOSE: Question<"own" | "assistant"> = {
  text: "3. Is it your own number, or a number just for the assistant? (own, assistant)",
  fallback: "own",
  read(text) {
    const answer = text.toLowerCase()
    if (answer === "own" || answer === "assistant") return { value: answer }
    return { problem: "It must be own or assistant." }
  },
}

const WHO_MAY_WRITE: Question<readonly string[]> = {
  text: `   Who may write to it? (${PHONE_NUMBERS})`,
  fallback: "",
  shown: "nobody yet",
  read(text) {
    const numbers = text.split(",").map((part) => part.replace(/[\s().-]/g, ""))
    const allowFrom = numbers.filter((part) => part !== "")
    return judge("whatsapp", { allowFrom }, allowFrom)
  },
}

export async function planTelegram(
  prompts: Prompts,
  flags: FlagValues,
  { hasToken }: { readonly hasToken: boolean },
): Promise<ChannelPlan> {
  const next = [ALLOW]
  const token = flags.text("telegramToken")
  const botTokenFile = flags.text("telegramTokenFile")
  if (token !== undefined && botTokenFile !== undefined) {
    throw new UsageError("--telegram-token and --telegram-token-file exclude each other.")
  }
  if (botTokenFile !== undefined) return { section: { botTokenFile }, next }
  if (hasToken && token === undefined) {
    prompts.say("4. Telegram: the bot's token comes from TELEGRAM_BOT_TOKEN.")
    return { next }
  }
  const botToken = await prompts.answer(BOT_TOKEN, token)
  return botToken === undefined ? { next: [] } : { section: { botToken }, next }
}

const BOT_TOKEN: Question<string | undefined> = {
  text: "4. The token of a Telegram bot, from @BotFather (what you type is not shown)",
  fallback: "",
  shown: "skip",
  hidden: true,
  read(text) {
    if (text === "" || text === "skip") return { value: undefined }
    return judge("telegram", { botToken: text }, text)
  },
}

/** The value, if the channel would take the section that it makes. */
function judge<Value>(id: string, section: Section, value: Value): Answer<Value> {
  const channel = CHANNELS.find((row) => row.id === id)
  const problem = channel === undefined ? "unknown channel" : findSectionProblem(channel, section)
  return problem === undefined ? { value } : { problem: `It ${problem}.` }
}
