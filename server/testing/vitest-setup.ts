// Before each file of tests of the server and of whole gateways: no frame of a gateway goes unjudged.

import { afterAll, afterEach, expect } from "vitest"

if (/\/(?:server|e2e)\//.test(expect.getState().testPath ?? "")) {
  const { tapSockets } = await import("./socket-tap.ts")
  const tap = tapSockets()
  // Twice, for gateways that are stopped when a test is over.
  for (const after of [afterEach, afterAll]) {
    after(() => expect(tap.takeProblems(), "frames that the schema does not allow").toEqual([]))
  }
}
