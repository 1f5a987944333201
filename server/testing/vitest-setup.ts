// Before each file of tests: inputs are made as long as their test allows, and no frame of a gateway goes
// unjudged.

import fc from "fast-check"
import { afterAll, afterEach, expect } from "vitest"

// Else no list that is made up has more than some ten items, whatever the length that a test names.
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })

const path = expect.getState().testPath ?? ""
const place = /\/(server|e2e)\//.exec(path)?.[1]
/** They play a gateway themselves, and a bad one at times. */
const IMPOSTORS = ["server/cli/client.test.ts", "server/cli/linking.test.ts", "server/main.test.ts"]

if (place !== undefined && !IMPOSTORS.some((file) => path.endsWith(file))) {
  const { createFrameEar } = await import("./frame-ear.ts")
  const { tapSockets } = await import("./socket-tap.ts")
  const ear = createFrameEar()
  const stop = tapSockets(ear, place === "e2e" ? "client" : "gateway")
  // The next file in this worker listens for itself.
  afterAll(stop)
  // Twice, for gateways that are stopped when a test is over.
  for (const after of [afterEach, afterAll]) {
    after(() => expect(ear.takeProblems(), "frames that the schema does not allow").toEqual([]))
  }
}
