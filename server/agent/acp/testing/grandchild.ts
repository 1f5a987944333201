// A process that an agent left behind: it does not end when it is asked to.

import { holdLifeline } from "./lifeline.ts"

process.on("SIGTERM", () => undefined)
await holdLifeline(process.env["LIFELINE_PORT"])
process.stdout.write("ready\n")
setInterval(() => undefined, 60_000)
