// The row of `setup`: four questions, each of which a flag can answer.

import type { Readable } from "node:stream"
import type { Command, Io } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { JSON_FLAG } from "./flags.ts"
import { UsageError } from "./usage-error.ts"

export const SETUP: Command = {
  name: "setup",
  summary: "four questions, and the configuration file that the answers make",
  flags: [
    { form: "--agent <agent>", help: "who answers: a preset's name, builtin, or a program" },
    {
      form: "--agent-env <names>",
      help: "variables that the agent gets, such as ANTHROPIC_API_KEY",
      parse: parseVariables,
    },
    { form: "--no-test", help: "do not ask the agent for a word first" },
    { form: "--no-whatsapp", help: "leave WhatsApp for later" },
    { form: "--number <whose>", help: "WhatsApp with your own number, or an assistant's" },
    { form: "--allow <numbers>", help: "who may write to the assistant's number" },
    { form: "--telegram-token <token>", help: "of your bot; visible to others in `ps`" },
    { form: "--telegram-token-file <path>", help: "a file that holds it" },
    { form: "--yes", help: "ask nothing: take the defaults for what no flag says" },
    JSON_FLAG,
  ],
  examples: [
    "clawdis setup",
    "clawdis setup --yes",
    "clawdis setup --yes --agent claude --number assistant --allow +15550100000",
    `clawdis setup --yes --agent '["my-agent", "--acp"]' --no-whatsapp`,
  ],
  notes: [
    "It talks to no chat service and installs nothing; the agent is asked for one word, unless --no-test. A",
    "configuration file that exists is left alone: what to add to it is printed, without a token.",
  ],
  async run({ flags, io, print }) {
    const input = flags.isSet("yes") ? undefined : toTerminal(io)
    const { runSetup, toSetupText } = await import("./setup.ts")
    const outcome = await runSetup({ flags, io, ...(input !== undefined && { input }) })
    if (flags.isSet("json")) print({ ok: true, ...outcome })
    else io.stdout.write(toSetupText(outcome))
    return EXIT.ok
  },
}

function toTerminal({ stdin }: Io): Readable {
  if (stdin !== undefined && "isTTY" in stdin && stdin.isTTY === true) return stdin
  throw new UsageError(
    "nobody can be asked here; add --yes, which takes the defaults for what no flag says.",
  )
}

function parseVariables(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim())
  if (names.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) return names
  throw new UsageError("must be names of variables with commas between them.")
}
