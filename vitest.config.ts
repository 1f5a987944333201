import { join } from "node:path"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

// For the workers and every process that a test starts: most of what those take is the compiling of the same
// files. Those that read sources as they find them compile anew what has changed.
process.env["NODE_COMPILE_CACHE"] ??= join(
  import.meta.dirname,
  "node_modules",
  ".cache",
  "compiled",
)

/** They look at what has been loaded, or at a library as it is before the gateway mends it. */
const ALONE = [
  "server/channels/*/index.test.ts",
  "server/channels/whatsapp/quiet-signal.test.ts",
  "e2e/lab/whatsapp/*.test.ts",
]

/** Those with processes of their own take longest and wait most: first, so that others work meanwhile, and none is left to the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => /\/e2e\/[^/]+$/.test(moduleId)
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    environment: "node",
    setupFiles: ["server/testing/vitest-setup.ts"],
    // Most of what takes long waits for other processes.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Hang detectors only: no test asserts how long something takes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["{protocol,server,web,e2e,bin}/**/*.test.ts"],
          exclude: ALONE,
          // Nothing there keeps anything in a module, so that files can share a worker and what it has loaded.
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: ALONE } },
    ],
  },
})
