// The row of `gateway`: its flags, checked before anything of the daemon is loaded.

import type { Command } from "./command.ts"
import { PORT, parsePort, TOKEN, TOKEN_FILE, toTokenFlags } from "./flags.ts"
import type { GatewayInvocation } from "./invocation.ts"

export type LoadGateway = () => Promise<{
  readonly runGateway: (invocation: GatewayInvocation) => Promise<number>
}>

export function toGatewayCommand(load: LoadGateway): Command {
  return {
    name: "gateway",
    summary: "run the gateway until it is told to stop",
    flags: [
      { ...PORT, help: "control port (18789); 0 takes any free one" },
      {
        form: "--webchat-port <port>",
        help: "port of the WebChat page (18788)",
        parse: parsePort,
      },
      { ...TOKEN, help: "secret that clients must show; visible to others in `ps`" },
      TOKEN_FILE,
      { form: "--force", help: "end whoever listens on the control port first (needs lsof)" },
      { form: "--verbose", help: "show debug lines as well" },
    ],
    examples: [
      "clawdis gateway",
      "clawdis gateway --port 18789 --verbose",
      "clawdis gateway --token-file ~/.clawdis/token",
      "clawdis gateway --force",
    ],
    notes: [
      "It has no --json, for it has no end at which to print a document: its log file is JSON, a line each,",
      "gateway.json in the state folder says where it listens, and clawdis gw:health how it is.",
    ],
    async run({ io, flags }) {
      const port = flags.number("port")
      const webchatPort = flags.number("webchatPort")
      const invocation: GatewayInvocation = {
        flags: {
          ...(port !== undefined && { port }),
          ...(webchatPort !== undefined && { webchatPort }),
          ...toTokenFlags(flags),
          force: flags.isSet("force"),
          verbose: flags.isSet("verbose"),
        },
        environment: io.environment,
        stdout: io.stdout,
        stderr: io.stderr,
        timings: io.timings,
      }
      const { runGateway } = await load()
      return runGateway(invocation)
    },
  }
}
