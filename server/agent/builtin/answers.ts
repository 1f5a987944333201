// What the built-in engine can answer: a table of intents, tried from top to bottom.

import { GatewayError } from "#protocol"
import type { Answering } from "./answering.ts"
import { describeHealth, describePresence, describeSessions, describeStatus } from "./describe.ts"
import type { Documents, Section } from "./documents.ts"
import type { FoundAgent } from "./find-agents.ts"

export interface Knowledge {
  readonly documents: Documents
  findAgents(): Promise<readonly FoundAgent[]>
  /** The ids of the engines that `agent.engine` may name. */
  readonly engines: readonly string[]
}

type Answer = (answering: Answering, knowledge: Knowledge) => Promise<void>

interface Intent {
  readonly pattern: RegExp
  readonly answer: Answer
}

const INTENTS: readonly Intent[] = [
  {
    pattern:
      /^\W*(?:help|what can (?:you|i) do|commands|\?+)\W*$|\b(?:who|what) are you\b|^\W*are you (?:an?|real|human|there)\b/i,
    answer: help,
  },
  {
    pattern:
      /\b(?:link|connect|pair|log ?in|set ?up|add)\b.*\bwhats ?app\b|\bwhats ?app\b.*\b(?:link|connect|pair|qr)/i,
    answer: linkWhatsApp,
  },
  {
    pattern:
      /\b(?:link|connect|set ?up|add)\b.*\btelegram\b|\btelegram\b.*\b(?:bot|token|connect|link)/i,
    answer: connectTelegram,
  },
  {
    pattern:
      /\b(?:connect|use|set ?up|add|switch|choose|which|find)\b.*\b(?:models?|agents?|llm|ai|claude|gemini|codex|opencode|ollama|lm studio|llama)\b|^\W*(?:models?|agents?)\W*$/i,
    answer: connectModel,
  },
  {
    pattern:
      /\bwho(?:'s|’s| is| else is| are) (?:here|online|connected|there)\b|^\W*(?:who|presence)\W*$/i,
    answer: presence,
  },
  {
    pattern:
      /^\W*(?:(?:show|list|my|me|the|all|recent|latest) )*(?:sessions|conversations|chats)\W*$|\b(?:show|list|which|what)\b.*\b(?:sessions|conversations)\b/i,
    answer: sessions,
  },
  {
    pattern:
      /^\W*(?:(?:show|my|me|the|gateway) )*(?:status|health)\W*$|\b(?:what(?:'s|’s| is)|check|tell)\b.*\b(?:status|health)\b|\bhow are you\b|\bis (?:everything|it|the gateway) (?:ok|okay|working|fine|well|running|up|healthy)\b/i,
    answer: status,
  },
  {
    pattern:
      /^\W*(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening)|greetings)\b[^?]{0,40}$/i,
    answer: greet,
  },
  { pattern: /^\W*(?:thanks|thank you|thx|cheers)\b/i, answer: welcome },
]

export async function answer(answering: Answering, knowledge: Knowledge): Promise<void> {
  const { question } = answering
  // Long texts are not commands, whatever words they hold.
  const intent =
    question.length > MAX_COMMAND_LENGTH
      ? undefined
      : INTENTS.find(({ pattern }) => pattern.test(question))
  try {
    await (intent?.answer ?? search)(answering, knowledge)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.reason !== "operator_only") throw error
    await answering.say(error.message)
  }
}

const MAX_COMMAND_LENGTH = 200

const WHAT_I_AM =
  "I am the assistant that comes with the gateway. I am not a language model: I know a few commands and the documentation."

const WHAT_I_CAN = [
  "You can ask me for:",
  "- **status**: how the gateway and its channels are",
  "- **who is here**: which clients are connected",
  "- **sessions**: the latest conversations",
  "- **link WhatsApp** or **connect Telegram**: how to reach me from your phone",
  "- **connect a model**: which agents on this machine could answer in my place",
  "- anything that the documentation explains",
].join("\n")

async function help({ say }: Answering): Promise<void> {
  await say(WHAT_I_AM)
  await say(WHAT_I_CAN)
}

async function greet({ say }: Answering): Promise<void> {
  await say(`Hello! ${WHAT_I_AM}`)
  await say("Say **help** to see what I can do, or **connect a model** to have one answer here.")
}

async function welcome({ say }: Answering): Promise<void> {
  await say("You are welcome.")
}

async function status({ say, use }: Answering): Promise<void> {
  const health = await use("health")
  const summary = await use("status")
  await say(describeHealth(health))
  await say(describeStatus(summary))
}

async function presence({ say, use }: Answering): Promise<void> {
  await say(describePresence(await use("presence")))
}

async function sessions({ say, use }: Answering): Promise<void> {
  await say(describeSessions(await use("sessions")))
}

async function linkWhatsApp({ say }: Answering): Promise<void> {
  await say(
    [
      "To link WhatsApp:",
      "1. On the gateway's machine run `clawdis login`.",
      "2. On the phone open WhatsApp > Settings > Linked devices > Link a device, and scan the code. To type a code instead: `clawdis login --code --phone +15550100000`, with the number of the account.",
      "3. Write into the chat with yourself; I answer there. To let others in: `clawdis allow whatsapp +15550111111`.",
      "",
      "It is no official interface of WhatsApp, and an account can be banned for it: use a second number.",
    ].join("\n"),
  )
}

async function connectTelegram({ say }: Answering): Promise<void> {
  await say(
    [
      "To connect Telegram:",
      "1. In Telegram write `/newbot` to @BotFather. It gives you a token.",
      "2. Put the token and your own Telegram id into the configuration file:",
      "```json",
      '"channels": { "telegram": { "botToken": "123456:ABC…", "allowFrom": ["@your_name"] } }',
      "```",
      "3. Restart the gateway and write to your bot. Nobody who is not in `allowFrom` is answered.",
      "",
      "The token may also stand in the environment as `TELEGRAM_BOT_TOKEN`.",
    ].join("\n"),
  )
}

async function connectModel({ say }: Answering, knowledge: Knowledge): Promise<void> {
  const found = await knowledge.findAgents()
  const usable = found.filter(({ configuration }) =>
    knowledge.engines.includes(configuration["engine"] ?? ""),
  )
  const others = found.filter((agent) => !usable.includes(agent))
  if (usable.length > 0) {
    await say("I found these on this machine. Each line goes into the configuration file:")
    for (const agent of usable) await say(describeAgent(agent))
    await say("Then restart the gateway: from there on it answers in my place.")
  } else {
    await say(
      "I found no agent on this machine that could answer in my place. Install one of Claude Code, Gemini CLI, opencode, Codex, pi or goose, log in to it once, and ask me again.",
    )
  }
  for (const { title, place } of others) {
    await say(
      `${title} listens at ${place}. To use its models, set up an agent such as opencode or goose with it, and switch to that agent.`,
    )
  }
}

function describeAgent({ title, place, configuration }: FoundAgent): string {
  const fields = Object.entries(configuration).map(([name, value]) => `"${name}": "${value}"`)
  return `**${title}** (${place})\n\`"agent": { ${fields.join(", ")} }\``
}

async function search({ question, say }: Answering, { documents }: Knowledge): Promise<void> {
  const section = await documents.search(question.slice(0, MAX_SEARCH_LENGTH))
  if (section !== undefined) return say(quote(section))
  await say(`I have no answer to that. ${WHAT_I_AM}`)
  await say(WHAT_I_CAN)
}

const MAX_SEARCH_LENGTH = 2000
const MAX_QUOTE_LENGTH = 1500

function quote({ source, heading, text }: Section): string {
  const from = `From ${source}, "${heading}":`
  if (text.length <= MAX_QUOTE_LENGTH) return `${from}\n\n${text}`
  const kept = text.slice(0, text.lastIndexOf("\n", MAX_QUOTE_LENGTH)).trimEnd()
  const fences = kept.match(/^\s*```/gm)?.length ?? 0
  return `${from}\n\n${kept}${fences % 2 === 1 ? "\n```" : ""}\n\n(The rest is in ${source}.)`
}
