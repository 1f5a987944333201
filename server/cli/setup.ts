// `setup`: asks, tries the agent, and makes the configuration file. It talks to no chat service and to no
// gateway, and what exists already stays as it is.

import { existsSync } from "node:fs"
import type { Readable } from "node:stream"
import { createConfigFile } from "../config/create-config-file.ts"
import { FatalError } from "../host/errors.ts"
import { makeFolder } from "../host/make-folder.ts"
import { ensureStateFolder, resolvePath, resolvePaths } from "../host/paths.ts"
import type { FlagValues, Io } from "./command.ts"
import { CONFIG_TABLES } from "./config-tables.ts"
import { ClientFailure } from "./gw/failure.ts"
import { toTerminalText } from "./output.ts"
import { createPrompts, type Prompts, yesOrNo } from "./prompts.ts"
import { type AgentChoice, type AgentWorld, testAgent, toAgentQuestion } from "./setup-agent.ts"
import { type ChannelPlan, planTelegram, planWhatsApp } from "./setup-channels.ts"

export interface SetupParts {
  readonly flags: FlagValues
  readonly io: Io
  /** Where a person answers; missing if nobody shall be asked. */
  readonly input?: Readable
}

export interface SetupOutcome {
  readonly configFile: string
  /** False if there was one already. */
  readonly written: boolean
  /** What to add to the file that exists, without the secrets: what is printed may be read later by others. */
  readonly add?: Readonly<Record<string, unknown>>
  readonly next: readonly string[]
}

export async function runSetup({ flags, input, io }: SetupParts): Promise<SetupOutcome> {
  const { environment, stderr } = io
  const paths = resolvePaths(environment)
  const interrupted = new AbortController()
  const interrupt = () =>
    interrupted.abort(new ClientFailure("interrupted", "\nInterrupted. Nothing was written."))
  io.onInterrupt(interrupt)
  const { signal } = interrupted
  const prompts = createPrompts({
    ...(input !== undefined && { input }),
    output: stderr,
    signal,
    interrupt,
  })
  try {
    for (const line of ensureStateFolder(paths.stateDir)) prompts.say(line)
    // The agent is tried where it will work.
    makeFolder(paths.workspaceDir, 0o700)
    if (existsSync(paths.configFile)) {
      prompts.say(`${paths.configFile} exists and stays as it is; at the end is what to add to it.`)
    }
    const world = { environment, cwd: paths.workspaceDir, timings: io.timings, signal }
    const agent = await chooseAgent(prompts, flags, world)
    const plans = {
      whatsapp: await planWhatsApp(prompts, flags),
      telegram: await planTelegram(prompts, withAbsolutePath(flags, environment), {
        hasToken: (environment["TELEGRAM_BOT_TOKEN"] ?? "") !== "",
      }),
    }
    signal.throwIfAborted()
    const config = toConfig(agent, plans)
    const written = await createConfigFile(config, { environment, ...CONFIG_TABLES })
    const next = Object.values(plans).flatMap((plan) => plan.next)
    return {
      configFile: paths.configFile,
      written,
      ...(!written && { add: withoutSecrets(config) }),
      next: [...new Set(next)],
    }
  } finally {
    prompts.close()
  }
}

async function chooseAgent(
  prompts: Prompts,
  flags: FlagValues,
  world: AgentWorld,
): Promise<AgentChoice> {
  const { lines, question } = await toAgentQuestion(world)
  const given = flags.text("agent")
  const env = flags.list("agentEnv")
  if (prompts.canAsk && given === undefined) {
    for (const line of ["1. Which agent shall answer?", ...lines]) prompts.say(line)
  }
  for (;;) {
    const chosen = await prompts.answer(question, given)
    const choice = { ...chosen, ...(env !== undefined && { env }) }
    if (!flags.isSet("test")) return choice
    prompts.say(`   Asking ${nameOf(choice)} for one word …`)
    const test = await testAgent(choice, world)
    if (test.passed) {
      prompts.say(`   It answers (${(test.ms / 1_000).toFixed(1)} s).`)
      return choice
    }
    const why = toTerminalText(test.why).replaceAll("\n", "\n   ")
    if (!prompts.canAsk) {
      throw new FatalError(
        `${nameOf(choice)} does not answer, so nothing was written; --no-test takes it all the same. ${why}`,
      )
    }
    prompts.say(`   It does not answer. ${why}`)
    const keep = yesOrNo("   Take it all the same?", { yes: false })
    if (await prompts.answer(keep)) return choice
    if (given !== undefined) throw new FatalError("Nothing was written.")
  }
}

function nameOf({ command, engine }: AgentChoice): string {
  if (command === undefined) return engine
  return toTerminalText(typeof command === "string" ? command : command.join(" "))
}

/** In the file a relative path would be taken from the file's own folder. */
function withAbsolutePath(flags: FlagValues, environment: Io["environment"]): FlagValues {
  return {
    ...flags,
    text(name) {
      const value = flags.text(name)
      if (value === undefined || name !== "telegramTokenFile") return value
      return resolvePath(value, process.cwd(), environment)
    },
  }
}

function toConfig(
  agent: AgentChoice,
  plans: Readonly<Record<string, ChannelPlan>>,
): Readonly<Record<string, unknown>> {
  const channels = Object.entries(plans).flatMap(([id, { section }]) =>
    section === undefined ? [] : [[id, section] as const],
  )
  return { agent, ...(channels.length > 0 && { channels: Object.fromEntries(channels) }) }
}

/** A name that ends so is a secret's, as where the sections of the channels are read. */
const SECRET_NAME = /Token$/
/** No channel would take it, so the gateway says so where it is left in. */
const IN_PLACE_OF_SECRET = "(the token that you gave)"

function withoutSecrets(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(config, (key, value) => (SECRET_NAME.test(key) ? IN_PLACE_OF_SECRET : value)),
  )
}

export function toSetupText({ add, configFile, next, written }: SetupOutcome): string {
  const file = written
    ? [
        `Written: ${configFile}, which only you can read. No chat service was contacted: nothing has been sent to anyone.`,
      ]
    : [
        `${configFile} existed and is as it was. No chat service was contacted: nothing has been sent to anyone. To add to it:`,
        "",
        toAddition(add),
      ]
  return `${[
    ...file,
    "",
    "Next:",
    "  clawdis gateway             starts it",
    "  clawdis open                the page, once it runs",
    ...next.map((line) => `  ${line}`),
  ].join("\n")}\n`
}

function toAddition(add: SetupOutcome["add"]): string {
  const text = JSON.stringify(add, null, 2)
  if (!text.includes(IN_PLACE_OF_SECRET)) return text
  return `${text}\n\nThe token is not printed. To give it: clawdis config set channels.telegram.botToken - (it asks without showing what is typed), or put it into a file and name that with botTokenFile.`
}
