// The row of `outbox`: shows what is not sent or in doubt, sends it again, or takes it out.

import type { Command } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { COMMON } from "./flags.ts"
import { UsageError } from "./usage-error.ts"

const ACTIONS = "list, retry or drop"

export const OUTBOX: Command = {
  name: "outbox",
  summary: "messages that wait, failed, or may or may not have arrived",
  arguments: [
    { form: "[action]", help: ACTIONS },
    { form: "[id]", help: "the message, for retry and drop" },
  ],
  flags: [
    { form: "--force", help: "retry what may have arrived; it may then be there twice" },
    ...COMMON,
  ],
  examples: ["clawdis outbox", "clawdis outbox retry <id> --force", "clawdis outbox drop <id>"],
  async run({ arguments: [action = "list", id], flags, io, link, print }) {
    const force = flags.isSet("force")
    if (!["list", "retry", "drop"].includes(action)) {
      throw new UsageError(`unknown action: ${action} (it must be ${ACTIONS})`)
    }
    if (action !== "retry" && force) throw new UsageError("--force is for retry.")
    const { dropDelivery, fetchOutbox, retryDelivery } = await import("./gw/outbox.ts")
    const isJson = flags.isSet("json")
    if (action === "list") {
      if (id !== undefined) throw new UsageError("list takes no id.")
      const { toOutboxText } = await import("./outbox.ts")
      const list = await fetchOutbox(await link())
      if (isJson) print(list)
      else io.stdout.write(toOutboxText(list.deliveries, Date.now()))
      return EXIT.ok
    }
    if (id === undefined) throw new UsageError("the id is missing; `clawdis outbox` shows it")
    const result =
      action === "retry"
        ? await retryDelivery(await link(), id, { force })
        : await dropDelivery(await link(), id)
    if (isJson) print(result)
    else io.stdout.write(action === "retry" ? "It is sent again.\n" : "It is taken out.\n")
    return EXIT.ok
  },
}
