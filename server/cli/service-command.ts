// The row of `service`: the unit for a supervisor, with this machine's paths in it.

import { OperatorError } from "../host/errors.ts"
import type { Command, Io } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { JSON_FLAG, PORT } from "./flags.ts"
import type { ServiceParts } from "./service.ts"
import { UsageError } from "./usage-error.ts"

export const SERVICE: Command = {
  name: "service",
  summary: "the unit that keeps the gateway running under systemd or launchd",
  arguments: [
    { form: "<action>", help: "print" },
    { form: "<manager>", help: "systemd or launchd" },
  ],
  flags: [{ ...PORT, help: "control port, if the configuration shall not decide" }, JSON_FLAG],
  examples: [
    "clawdis service print systemd",
    "clawdis service print systemd --port 18800",
    "clawdis service print launchd > ~/Library/LaunchAgents/clawdis.gateway.plist",
  ],
  notes: ["The unit goes to stdout, how to install it to stderr. Nothing is installed."],
  async run({ arguments: [action, manager = ""], flags, io, print }) {
    if (action !== "print") throw new UsageError(`unknown action: ${action} (it must be print)`)
    if (manager !== "systemd" && manager !== "launchd") {
      throw new UsageError(`unknown manager: ${manager} (it must be systemd or launchd)`)
    }
    const { toService } = await import("./service.ts")
    const { install, text } = toService(manager, await toParts(io, flags.number("port")))
    if (flags.isSet("json")) print({ manager, text, install })
    else {
      io.stdout.write(text)
      io.stderr.write(`${install.join("\n")}\n`)
    }
    return EXIT.ok
  },
}

async function toParts({ environment }: Io, port: number | undefined): Promise<ServiceParts> {
  const { findShipped } = await import("../host/version.ts")
  const { resolvePaths } = await import("../host/paths.ts")
  const { homedir, userInfo } = await import("node:os")
  const program = findShipped("bin", "clawdis")
  if (program === undefined) {
    throw new OperatorError("bin/clawdis is not where this program is; install it as a whole.")
  }
  const { configFile, configFileNamed, stateDir } = resolvePaths(environment)
  return {
    program,
    stateDir,
    ...(configFileNamed && { configFile }),
    home: environment["HOME"] ?? homedir(),
    user: userInfo().username,
    path: environment["PATH"] ?? "",
    ...(port !== undefined && { port }),
    pageIsBuilt: findShipped("dist", "web", "index.html") !== undefined,
  }
}
