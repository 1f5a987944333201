// The row of `doctor`: what the configuration comes to, without a gateway.

import type { Command } from "./command.ts"
import { EXIT } from "./exit-codes.ts"
import { JSON_FLAG } from "./flags.ts"

export const DOCTOR: Command = {
  name: "doctor",
  summary: "checks the configuration, and says of each setting where it comes from",
  flags: [JSON_FLAG],
  examples: ["clawdis doctor", "clawdis doctor --json"],
  notes: [
    "It reads what `clawdis gateway` would read, and says what that would say if something is wrong, with the",
    "same exit code; clawdis config check says all of it. It asks no gateway, changes nothing, and shows no",
    "secret.",
  ],
  async run({ flags, io, print }) {
    const { examine, toDoctorText } = await import("./doctor.ts")
    const findings = examine(io.environment)
    if (flags.isSet("json")) print(findings)
    else io.stdout.write(toDoctorText(findings))
    return EXIT.ok
  },
}
