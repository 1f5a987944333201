// The row of `allow`: lets somebody write to the agent, takes it back, or shows who may and who would like to.

import type { Command } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { COMMON } from "./flags.ts"
import { UsageError } from "./usage-error.ts"

export const ALLOW: Command = {
  name: "allow",
  summary: "let a person or a group write to the agent; alone: who may, and who was turned away",
  arguments: [
    { form: "[channel]", help: "such as telegram or whatsapp; `list` shows everybody" },
    { form: "[id]", help: "a number, a user id, a group, as `clawdis status` shows it" },
  ],
  flags: [{ form: "--remove", help: "take it back" }, ...COMMON],
  examples: [
    "clawdis allow",
    "clawdis allow whatsapp +15550100000",
    "clawdis allow telegram 42 --remove",
  ],
  notes: ["It counts from the next message on and is kept by the gateway, not in clawdis.json."],
  async run({ arguments: [channel = "list", id], flags, io, link, print }) {
    const remove = flags.isSet("remove")
    const { changeSender, fetchSenders } = await import("./gw/senders.ts")
    const { describeChange, toSendersText } = await import("./senders.ts")
    if (channel === "list" && id === undefined && !remove) {
      const lists = await fetchSenders(await link())
      if (flags.isSet("json")) print(lists)
      else io.stdout.write(toSendersText(lists, Date.now()))
      return EXIT.ok
    }
    if (id === undefined) {
      throw new UsageError("the id is missing; `clawdis allow` shows who was turned away")
    }
    const method = remove ? "senders.remove" : "senders.allow"
    const result = await changeSender(await link(), method, { channel, id })
    if (flags.isSet("json")) print(result)
    else io.stdout.write(describeChange(result, { remove }))
    return EXIT.ok
  },
}
