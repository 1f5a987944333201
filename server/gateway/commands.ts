// TABLE: the messages that the gateway answers itself. A row is the registration: `commands.list`, `/help`
// and the menus of channels follow; what each one does is in command-answers.ts.

import { type Command, Thinking } from "#protocol"

const TABLE = {
  new: { description: "Begin a new conversation" },
  stop: { description: "Stop what is running here" },
  status: { description: "Show what is running and how the gateway is" },
  help: { description: "List the commands" },
  retry: { description: "Run the last message again" },
  mute: { description: "Stop or resume answering what is written here" },
  think: {
    args: Thinking.options.join("|"),
    description: "Show or choose how hard the agent thinks",
  },
} as const satisfies Record<string, Omit<Command, "name">>

export type CommandName = keyof typeof TABLE

export const COMMANDS: readonly Command[] = Object.entries(TABLE).map(([name, row]) => ({
  name,
  ...row,
}))

/** What other bots have taught people to say, such as the first message of every Telegram client. */
const ALIASES: Readonly<Record<string, CommandName>> = { start: "help" }

const COMMAND = /^\/([a-z]+)(?:@([a-z0-9_]+))?(?:\s+(\S+))?$/i

export interface ReadCommand {
  readonly name: CommandName
  readonly argument?: string
  /** It was said to the bot of this name: `/status@our_bot`. Lower case, without the `@`. */
  readonly botName?: string
}

/** The command that the whole text is; undefined for any other text, also one that begins with a slash. */
export function readCommand(text: string): ReadCommand | undefined {
  const match = COMMAND.exec(text.trim())
  const word = match?.[1]?.toLowerCase() ?? ""
  const name = Object.hasOwn(ALIASES, word) ? ALIASES[word] : word
  if (name === undefined || !isCommandName(name)) return undefined
  const botName = match?.[2]?.toLowerCase()
  const argument = match?.[3]
  if (argument !== undefined && !("args" in TABLE[name])) return undefined
  return {
    name,
    ...(argument !== undefined && { argument }),
    ...(botName !== undefined && { botName }),
  }
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(TABLE, name)
}
