// A process of its own with an engine in the middle of a turn, for a test that kills it.

import { tmpdir } from "node:os"
import { systemClock } from "../../../host/clock.ts"
import { silentLogger } from "../../../host/logger.ts"
import { createAcpEngine } from "../index.ts"

const engine = await createAcpEngine({
  settings: { command: process.argv.slice(2), cwd: tmpdir(), env: ["LIFELINE_PORT"] },
  clock: systemClock,
  log: silentLogger,
  timings: { graceMs: 5000, deltaPauseMs: 0 },
  tools: new Map(),
  memory: { get: async () => undefined, set: async () => undefined },
  environment: process.env,
  documents: [],
})

await engine.run(
  {
    runId: "run-1",
    sessionKey: "main",
    sessionId: "one",
    prompt: JSON.stringify([{ untilCancelled: true }]),
    notes: [],
    attachments: [],
    resources: [],
    thinking: "off",
    history: async () => [],
  },
  {
    emit: () => undefined,
    permit: async () => ({ by: "rule" }),
    signal: new AbortController().signal,
  },
)
