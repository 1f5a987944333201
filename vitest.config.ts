import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    environment: "node",
    setupFiles: ["server/testing/vitest-setup.ts"],
    // Most of what takes long waits for other processes.
    maxWorkers: 3,
    // A hang detector only: no test asserts how long something takes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "apart",
          include: ["{server,e2e,bin}/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "together",
          include: ["{protocol,web}/**/*.test.ts"],
          // Nothing there keeps anything in a module, so that files can share a worker.
          isolate: false,
        },
      },
    ],
  },
})
