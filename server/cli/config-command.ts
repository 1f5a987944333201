// The row of `config`: the configuration file for people and editors. The gateway itself only reads it.

import type { Command, Invocation } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { JSON_FLAG } from "./flags.ts"
import { UsageError } from "./usage-error.ts"

export const CONFIG: Command = {
  name: "config",
  summary: "check, read and change the configuration file; comments in it stay",
  arguments: [
    { form: "[action]", help: "check, get, set, unset or schema (check)" },
    { form: "[key]", help: "the setting, such as gateway.port; for check a file" },
    { form: "[value]", help: "what to set it to, in JSON5 or as a plain word; - reads it" },
  ],
  flags: [JSON_FLAG],
  examples: [
    "clawdis config check",
    "clawdis config get agent.engine",
    "clawdis config get channels.telegram",
    "clawdis config set gateway.port 18800",
    `clawdis config set channels.telegram.allowFrom '[123456789, "@anna"]'`,
    `clawdis config set 'channels.whatsapp.groups["120363000000000001@g.us"].mention' false`,
    "clawdis config set gateway.token -",
    "clawdis config unset agent.thinking",
    "clawdis config schema > clawdis.schema.json",
  ],
  notes: [
    "check reads the file as the gateway would, and says everything that is wrong with it (exit 78). get says",
    "what a setting is and where that is from; no secret is shown. set and unset write nothing with which the",
    "gateway would not start. With - a value is read from standard input, on a terminal without showing it.",
    "A key inside of a setting may follow it; one with a dot in it stands in brackets and quotes.",
  ],
  run(invocation) {
    const [action = "check", ...words] = invocation.arguments
    const row = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
    if (row === undefined) {
      throw new UsageError(
        `unknown action: ${action} (it must be check, get, set, unset or schema)`,
      )
    }
    if (words.length < row.least) throw new UsageError(row.missing)
    if (words.length > row.most) throw new UsageError(`${action} takes no ${words[row.most]}`)
    return row.run(invocation, words)
  },
}

interface Action {
  readonly least: number
  readonly most: number
  /** What is said where words are missing. */
  readonly missing: string
  readonly run: (invocation: Invocation, words: readonly string[]) => Promise<number>
}

const ACTIONS: Readonly<Record<string, Action>> = {
  check: {
    least: 0,
    most: 1,
    missing: "",
    async run({ flags, io, print }, [file]) {
      const { checkConfig, toCheckText, toProblemLines } = await import("./config-check.ts")
      const checked = checkConfig(io.environment, file)
      if (flags.isSet("json")) print(checked)
      else if (checked.ok) io.stdout.write(toCheckText(checked))
      else io.stderr.write(toProblemLines(checked.error.details.problems))
      return checked.ok ? EXIT.ok : EXIT.configuration
    },
  },
  get: {
    least: 0,
    most: 1,
    missing: "",
    async run({ flags, io, print }, [key]) {
      const { findValues, toValueText } = await import("./config-get.ts")
      const found = findValues(io.environment, key)
      if (flags.isSet("json")) print(found)
      else {
        const { err, out } = toValueText(found)
        io.stdout.write(out)
        io.stderr.write(err)
      }
      return EXIT.ok
    },
  },
  set: {
    least: 2,
    most: 2,
    missing:
      "set needs a key and a value, such as: clawdis config set gateway.port 18800 (- in place of the value reads it)",
    run: (invocation, [key = "", value]) => change(invocation, key, value),
  },
  unset: {
    least: 1,
    most: 1,
    missing: "unset needs a key, such as: clawdis config unset gateway.port",
    run: (invocation, [key = ""]) => change(invocation, key, undefined),
  },
  schema: {
    least: 0,
    most: 0,
    missing: "",
    async run({ print }) {
      const { createConfigSchema } = await import("../config/config-schema.ts")
      const { CONFIG_TABLES } = await import("./config-tables.ts")
      print(createConfigSchema(CONFIG_TABLES))
      return EXIT.ok
    },
  },
}

async function change(
  invocation: Invocation,
  key: string,
  value: string | undefined,
): Promise<number> {
  const { flags, io, print } = invocation
  const { changeSetting, toChangeText } = await import("./config-set.ts")
  const changed = await changeSetting(invocation, key, value)
  if (flags.isSet("json")) print({ ok: true, ...changed })
  else io.stdout.write(toChangeText(changed))
  return EXIT.ok
}
